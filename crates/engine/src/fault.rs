//! Short ways to make the engine's errors.

use crate::EngineError;
pub(crate) use tensorpress_codec::error::{corrupt, invalid, limit, truncated};
use tensorpress_formats::FormatError;

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
