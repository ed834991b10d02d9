//! What a caller may choose.

use crate::EngineError;
use crate::codec::Effort;
use crate::fault::invalid;
use serde::{Deserialize, Serialize};

/// Options of compression.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How hard the encoder tries.
    pub effort: Effort,
    /// Files that no reader is to map, such as those whose map turned out to be wrong.
    pub opaque: Vec<Opaque>,
}

/// A file that is to be stored as plain bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Opaque {
    /// Its index.
    pub file: usize,
    /// Why; it becomes the file's note.
    pub reason: String,
}

impl Options {
    /// Reads the JSON form; unknown members and values are refused by name.
    pub fn from_json(text: &str) -> Result<Self, EngineError> {
        serde_json::from_str(text).map_err(|e| invalid("options", e.to_string()))
    }
}
