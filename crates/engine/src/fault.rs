//! Short ways to make the engine's errors.

use crate::EngineError;
pub(crate) use tensorpress_codec::error::{corrupt, invalid, limit, truncated, unsupported};
use tensorpress_formats::FormatError;
use tensorpress_formats::error::Fault;

/// A read of the archive itself failed.
pub(crate) fn from_read(error: FormatError) -> EngineError {
    match *error.fault() {
        Fault::Truncated {
            offset, needed, len, ..
        } => truncated("archive", offset.saturating_add(needed), len),
        Fault::Limit {
            limit: name,
            max,
            found,
            ..
        } => limit(name, max, found),
        _ => corrupt("archive", error.to_string()),
    }
}
