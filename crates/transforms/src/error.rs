//! Why a step cannot be done.

/// A typed error; the engine adds the tensor's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
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

/// A parameter that makes no sense.
pub(crate) fn parameter(field: &str, detail: impl Into<String>) -> TransformError {
    TransformError::Parameter {
        field: field.to_owned(),
        detail: detail.into(),
    }
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
    Err(TransformError::Unsuitable {
        detail: format!("weight {first} is {}, expected finite ones", weights[first]),
    })
}
