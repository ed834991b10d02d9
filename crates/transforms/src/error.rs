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

/// A parameter that is not what is expected.
#[cold]
#[inline(never)]
pub(crate) fn unexpected(field: &str, found: &str, expected: &str) -> TransformError {
    parameter(field, [found, ", expected ", expected].concat())
}

/// Refuses a number that is not what is expected.
#[inline(never)]
pub(crate) fn check_number(fits: bool, field: &str, found: f64, expected: &str) -> Result<(), TransformError> {
    if fits {
        return Ok(());
    }
    Err(unexpected(field, &shown(found), expected))
}

/// The same for fp32, which takes fewer digits.
#[inline(never)]
pub(crate) fn check_single(fits: bool, field: &str, found: f32, expected: &str) -> Result<(), TransformError> {
    if fits {
        return Ok(());
    }
    Err(unexpected(field, &shown(found), expected))
}

/// Refuses a magnitude that no weight is compared with.
#[inline(never)]
pub(crate) fn check_threshold(field: &str, threshold: Option<f32>) -> Result<(), TransformError> {
    let Some(threshold) = threshold else { return Ok(()) };
    let fits = threshold >= 0.0 && threshold.is_finite();
    check_single(fits, field, threshold, "a finite number that is not negative")
}

/// Refuses parameters that would be ignored in silence: for each the field, whether it is there for nothing, and what it
/// is good for.
#[inline(never)]
pub(crate) fn check_strays(fields: &[(&str, bool, &str)]) -> Result<(), TransformError> {
    match fields.iter().find(|(_, stray, _)| *stray) {
        None => Ok(()),
        Some((field, _, needs)) => Err(parameter(field, format!("expected only together with {needs}"))),
    }
}

/// Refuses other than one way to say what is to be done.
#[inline(never)]
pub(crate) fn check_ways(step: &str, ways: &[bool], expected: &str) -> Result<(), TransformError> {
    match ways.iter().filter(|&&given| given).count() {
        1 => Ok(()),
        given => Err(parameter(step, format!("{given} {expected}"))),
    }
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
