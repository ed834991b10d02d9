//! Short ways to make the engine's errors.

use crate::EngineError;

/// The archive contradicts the specification in `what`.
pub fn corrupt(what: &str, detail: impl Into<String>) -> EngineError {
    EngineError::Corrupt {
        what: what.to_owned(),
        detail: detail.into(),
    }
}

/// Fewer bytes than needed.
pub fn truncated(what: &str, needed: u64, found: u64) -> EngineError {
    EngineError::Truncated {
        what: what.to_owned(),
        needed,
        found,
    }
}

/// A named limit is exceeded.
pub fn limit(name: &'static str, max: u64, found: u64) -> EngineError {
    EngineError::Limit {
        limit: name,
        max,
        found,
    }
}

/// The caller asked for something that does not exist.
pub fn invalid(option: &str, detail: impl Into<String>) -> EngineError {
    EngineError::InvalidOption {
        option: option.to_owned(),
        detail: detail.into(),
    }
}
