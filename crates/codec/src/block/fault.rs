//! Short ways to make the errors of blocks.

use crate::EngineError;

/// The bytes contradict the specification of `what`.
#[cold]
pub(super) fn corrupt(what: &str, detail: impl Into<String>) -> EngineError {
    EngineError::Corrupt {
        what: what.to_owned(),
        detail: detail.into(),
    }
}

/// Fewer bytes than needed.
#[cold]
pub(super) fn truncated(what: &str, needed: usize, found: usize) -> EngineError {
    EngineError::Truncated {
        what: what.to_owned(),
        needed: needed as u64,
        found: found as u64,
    }
}
