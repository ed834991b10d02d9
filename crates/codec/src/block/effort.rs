//! How hard the encoder tries.

#[cfg(feature = "encode")]
use serde::{Deserialize, Serialize};

/// Trades encoding time for size. Every effort decodes with the same decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "encode", derive(Serialize, Deserialize), serde(rename_all = "lowercase"))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Effort {
    /// Fewest passes.
    Fast,
    /// The best ratio whose encoder and decoder still run at memory-like speed.
    #[default]
    Default,
    /// The smallest blocks, at whatever encoding time.
    Max,
}

#[cfg(feature = "encode")]
tensorpress_json::names!(Effort {
    Fast: "fast",
    Default: "default",
    Max: "max"
});
