//! Why a step cannot be done.

use tensorpress_json::shown;

/// A typed error; the engine adds the tensor's name. The fault is elsewhere, so that a result which may be one stays
/// small.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct TransformError(Box<Fault>);

/// What is in the way of a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A parameter of a recipe that makes no sense.
    #[error("{field}: {detail}")]
    Parameter {
        /// Path of the field within the step, such as `quantize.bits`.
        field: String,
        /// What was found and what was expected.
        detail: String,
    },
    /// The weights are not what the step can work on, such as NaN or infinity: the engine then stores the tensor
    /// exactly and the report says why.
    #[error("{detail}")]
    Unsuitable {
        /// What is in the way.
        detail: String,
    },
}

impl TransformError {
    /// What is in the way.
    pub fn fault(&self) -> &Fault {
        &self.0
    }

    #[cold]
    #[inline(never)]
    fn new(fault: Fault) -> Self {
        TransformError(Box::new(fault))
    }
}

/// A parameter that makes no sense.
#[cold]
#[inline(never)]
pub(crate) fn parameter(field: &str, detail: impl Into<String>) -> TransformError {
    TransformError::new(Fault::Parameter {
        field: field.to_owned(),
        detail: detail.into(),
    })
}

/// Weights that are not what a step can work on.
#[cold]
#[inline(never)]
pub(crate) fn unsuitable(detail: impl Into<String>) -> TransformError {
    let detail = detail.into();
    TransformError::new(Fault::Unsuitable { detail })
}

/// Refuses weights that are not all finite.
pub(crate) fn finite(weights: &[f32]) -> Result<(), TransformError> {
    // Without a branch for each weight, so that the loop is made of vectors.
    let mut all = true;
    for weight in weights {
        all &= weight.is_finite();
    }
    if all {
        return Ok(());
    }
    let first = weights
        .iter()
        .position(|weight| !weight.is_finite())
        .unwrap_or_default();
    Err(unsuitable(format!(
        "weight {first} is {}, expected finite ones",
        shown(weights[first])
    )))
}
