//! Short ways to make the engine's errors.

use crate::EngineError;
use tensorpress_formats::FormatError;

/// The archive contradicts the specification in `what`.
pub(crate) fn corrupt(what: &str, detail: impl Into<String>) -> EngineError {
    EngineError::Corrupt {
        what: what.to_owned(),
        detail: detail.into(),
    }
}

/// Fewer bytes than needed.
pub(crate) fn truncated(what: &str, needed: u64, found: u64) -> EngineError {
    EngineError::Truncated {
        what: what.to_owned(),
        needed,
        found,
    }
}

/// A named limit is exceeded.
pub(crate) fn limit(name: &'static str, max: u64, found: u64) -> EngineError {
    EngineError::Limit {
        limit: name,
        max,
        found,
    }
}

/// The caller asked for something that does not exist.
pub(crate) fn invalid(option: &str, detail: impl Into<String>) -> EngineError {
    EngineError::InvalidOption {
        option: option.to_owned(),
        detail: detail.into(),
    }
}

/// A read of the archive itself failed.
pub(crate) fn from_read(error: FormatError) -> EngineError {
    match error {
        FormatError::Truncated {
            offset, needed, len, ..
        } => truncated("archive", offset.saturating_add(needed), len),
        FormatError::Limit {
            limit: name,
            max,
            found,
            ..
        } => limit(name, max, found),
        other => corrupt("archive", other.to_string()),
    }
}
