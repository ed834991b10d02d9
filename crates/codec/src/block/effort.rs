//! How hard the encoder tries.

use serde::{Deserialize, Serialize};

/// Trades encoding time for size. Every effort decodes with the same decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Fewest passes.
    Fast,
    /// The best ratio whose encoder and decoder still run at memory-like speed.
    #[default]
    Default,
    /// The smallest blocks, at whatever encoding time.
    Max,
}
