//! Quantization: weights as few-bit codes with scales.
//!
//! | file | is |
//! |---|---|
//! | [`settings`] | what a recipe leaves open, filled in |
//! | [`minmax`], [`search`], [`least_squares`], [`hqq`] | how scales and zero points are found |
//! | [`storage`] | their stored forms, which codes are then chosen for |
//! | [`codes`] | the codes |
//! | [`channels`] | weights in the order of their channels, groups one behind the other |
//! | [`nf4`], [`fp4`], [`fp8`] | levels that are not evenly spaced, through [`table`] |
//! | [`float`] | half precision |

mod channels;
mod codes;
pub mod float;
pub mod fp4;
pub mod fp8;
mod hqq;
mod least_squares;
mod minmax;
pub mod nf4;
mod search;
mod settings;
mod storage;
mod table;
#[cfg(test)]
mod tests;

use crate::error::finite;
use crate::{Levels, Outcome, Scaled, Transform, TransformError, Unit};
use settings::Settings;

tensorpress_json::fields! {
    /// Weights become evenly spaced levels: integers within a range, each `(level − zero) · scale`.
    ///
    /// Without any field: 8 bits, symmetric, a scale for each output channel.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Quantize {
        /// Bits of a code, 1 to 16; 8 unless there is a range. Symmetric codes of 8 bits and more span
        /// −(2^(bits−1) − 1) to 2^(bits−1) − 1, of fewer −2^(bits−1) to 2^(bits−1) − 1; asymmetric ones 0 to 2^bits − 1.
        pub bits: Option<u8>,
        /// The first and the last integer, instead of bits: at most 65,536 of them, each within ±65,535.
        pub range: Option<[i32; 2]>,
        /// Whether all zero points are 0. By default so for 7 bits and more, or a range that 0 is the middle of.
        pub symmetric: Option<bool>,
        /// Which weights share a scale; by default those of a channel for 7 bits and more, else groups.
        pub per: Option<ScalePer>,
        /// The axis of the output channels, where it is not the one that the format suggests; one beyond the rank is the
        /// last.
        pub axis: Option<usize>,
        /// Weights of a group, 16 to 256; 32 by default. Says `per: group`, too.
        pub group: Option<usize>,
        /// How scales are found; by default from the extremes for 7 bits and more, else by least squares.
        pub method: Option<ScaleMethod>,
        /// The exponent of the error that `search` minimises, 1 to 4; 2.4 by default.
        pub norm: Option<f32>,
        /// How scales are stored; fp16 for groups, else fp32.
        pub scale: Option<ScaleType>,
        /// How zero points are stored; integers, but for `hqq` fp16 (fp32 beyond 8 bits). Integers represent 0 exactly, and
        /// are what pruned weights get whatever is said here.
        pub zeros: Option<ZeroType>,
    }
}

/// Which weights share a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum ScalePer {
    /// All.
    Tensor,
    /// Those of an output channel.
    Channel,
    /// Some that follow one another within an output channel.
    Group,
}

tensorpress_json::names!(ScalePer {
    Tensor: "tensor",
    Channel: "channel",
    Group: "group"
});

/// How scales and zero points are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum ScaleMethod {
    /// The extremes become the outermost levels.
    Minmax,
    /// The extremes, or up to 20% less in steps of 1%: what gives the least Σ|error|^norm.
    Search,
    /// What gives the least squared error, solved for several roundings. At most 4,096 levels.
    LeastSquares,
    /// Scales from the extremes, for these the zero points of least squared error. Not symmetric.
    Hqq,
}

tensorpress_json::names!(ScaleMethod {
    Minmax: "minmax",
    Search: "search",
    LeastSquares: "leastSquares",
    Hqq: "hqq"
});

/// How scales are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum ScaleType {
    /// fp32.
    F32,
    /// fp16. Weights whose greatest scale is below 1e-6 or above 65504 are refused.
    F16,
    /// bf16.
    Bf16,
    /// 8 bits, with an fp32 step for each 256 scales.
    Double,
}

tensorpress_json::names!(ScaleType {
    F32: "f32",
    F16: "f16",
    Bf16: "bf16",
    Double: "double"
});

/// How zero points are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum ZeroType {
    /// Integers among the levels: 0 has a level of its own.
    Integer,
    /// fp16.
    F16,
    /// fp32.
    F32,
}

tensorpress_json::names!(ZeroType {
    Integer: "integer",
    F16: "f16",
    F32: "f32"
});

impl Transform for Quantize {
    fn check(&self) -> Result<(), TransformError> {
        settings::check(self)
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        finite(&unit.weights)?;
        if unit.weights.is_empty() {
            return Ok(());
        }
        let settings = Settings::new(self, &unit.geometry, unit.pruned);
        let scaled = encode(&unit.weights, &settings)?;
        unit.weights = scaled.restore();
        unit.outcome = Outcome::Scaled(scaled);
        Ok(())
    }
}

/// Finds scales and zero points, stores them, and chooses codes for what is stored.
fn encode(weights: &[f32], settings: &Settings) -> Result<Scaled, TransformError> {
    let grouping = settings.grouping;
    let sorted = channels::by_channel(weights, &grouping);
    let (mut scales, mut zeros) = (vec![0.0; grouping.scales()], vec![0.0; grouping.scales()]);
    channels::each_run(&grouping, |values, groups| {
        let (scales, zeros) = (&mut scales[groups.clone()], &mut zeros[groups]);
        minmax::fit(&sorted[values.clone()], settings, scales, zeros);
        match settings.method {
            ScaleMethod::Search => search::fit(&sorted[values], settings, zeros, scales),
            ScaleMethod::LeastSquares => least_squares::fit(&sorted[values], settings, scales, zeros),
            ScaleMethod::Minmax | ScaleMethod::Hqq => {}
        }
    });
    let mut stored = storage::store_scales(&scales, settings.scale)?;
    let mut scales = stored.values();
    if settings.method == ScaleMethod::Hqq {
        channels::each_run(&grouping, |values, groups| {
            hqq::fit(&sorted[values], settings, &scales[groups.clone()], &mut zeros[groups]);
        });
    }
    let stored_zeros = storage::store_zeros(&zeros, settings.zeros);
    if let Some(values) = stored_zeros.values() {
        zeros = values;
    }
    if storage::limit_scales(&mut stored, &zeros, settings.levels())? {
        scales = stored.values();
    }
    let codes = codes::choose(&sorted, settings, &scales, &zeros);
    Ok(Scaled {
        codes: channels::by_weight(codes, &grouping),
        levels: Levels::Integers {
            min: settings.low,
            max: settings.high,
        },
        grouping,
        scales: stored,
        zeros: stored_zeros,
    })
}
