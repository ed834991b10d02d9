//! What a caller may choose.

use crate::EngineError;
use crate::codec::Effort;
use crate::fault::invalid;
use serde::{Deserialize, Serialize};

/// Options of compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How hard the encoder tries.
    pub effort: Effort,
}

impl Options {
    /// Reads the JSON form; unknown members and values are refused by name.
    pub fn from_json(text: &str) -> Result<Self, EngineError> {
        serde_json::from_str(text).map_err(|e| invalid("options", e.to_string()))
    }
}
