//! Floats of 8 bits. Source: OCP 8-bit Floating Point Specification, revision 1.0.

use super::{ScalePer, ScaleType, settings, storage, table};
use crate::error::finite;
use crate::{Grouping, Transform, TransformError, Unit};
use tensorpress_kernels::floats::{self, E4M3, E5M2, Overflow};

tensorpress_json::fields! {
    /// Weights become floats of 8 bits, rounded to nearest, ties to even, each times its scale. What is beyond the greatest
    /// becomes the greatest.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Fp8 {
        /// Which of the two formats; E4M3 by default.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Fp8Format>"))]
        pub format: Fp8Format => written,
        /// Which weights share a scale, which makes their greatest magnitude the format's; those of a channel by default.
        pub per: Option<Fp8Per>,
        /// The axis of the output channels, where it is not the one that the format suggests.
        pub axis: Option<usize>,
        /// How scales are stored; fp32 by default.
        pub scale: Option<ScaleType>,
    }
}

/// Formats of 8 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Fp8Format {
    /// Four bits of exponent, three of mantissa: up to 448.
    #[default]
    E4m3,
    /// Five bits of exponent, two of mantissa: up to 57,344.
    E5m2,
}

tensorpress_json::names!(Fp8Format {
    E4m3: "e4m3",
    E5m2: "e5m2"
});

/// Which weights share a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Fp8Per {
    /// None: all scales are 1.
    None,
    /// All.
    Tensor,
    /// Those of an output channel.
    Channel,
}

tensorpress_json::names!(Fp8Per {
    None: "none",
    Tensor: "tensor",
    Channel: "channel"
});

impl Fp8Format {
    /// The greatest value.
    pub fn greatest(self) -> f32 {
        match self {
            Fp8Format::E4m3 => 448.0,
            Fp8Format::E5m2 => 57_344.0,
        }
    }

    /// What each bit pattern stands for. Infinities and NaNs, which no encoder writes, count as 0.
    pub fn levels(self) -> Vec<f32> {
        let patterns: Vec<u8> = (0..=u8::MAX).collect();
        let mut levels = vec![0.0; patterns.len()];
        match self {
            Fp8Format::E4m3 => floats::from_small::<E4M3>(&patterns, &mut levels),
            Fp8Format::E5m2 => floats::from_small::<E5M2>(&patterns, &mut levels),
        }
        levels.iter_mut().for_each(|level| {
            if !level.is_finite() {
                *level = 0.0;
            }
        });
        levels
    }

    fn encode(self, scaled: &[f32], codes: &mut [u16]) {
        let mut bytes = vec![0u8; scaled.len()];
        match self {
            Fp8Format::E4m3 => floats::to_small::<E4M3>(scaled, Overflow::Saturate, &mut bytes),
            Fp8Format::E5m2 => floats::to_small::<E5M2>(scaled, Overflow::Saturate, &mut bytes),
        }
        for (code, byte) in codes.iter_mut().zip(bytes) {
            *code = u16::from(positive_zero(byte, 0x80));
        }
    }
}

/// A zero without its sign, so that there is one code for it.
pub(super) fn positive_zero(code: u8, negative_zero: u8) -> u8 {
    if code == negative_zero { 0 } else { code }
}

impl Transform for Fp8 {
    fn check(&self) -> Result<(), TransformError> {
        Ok(())
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        finite(&unit.weights)?;
        if unit.weights.is_empty() {
            return Ok(());
        }
        let (format, form) = (self.format, self.scale.unwrap_or(ScaleType::F32));
        let per = match self.per.unwrap_or(Fp8Per::Channel) {
            Fp8Per::None => {
                let grouping = Grouping::tensor(unit.weights.len());
                let scales = storage::store_scales(&[1.0], form)?;
                let codes = table::codes(&unit.weights, &grouping, &[1.0], |scaled, codes| {
                    format.encode(scaled, codes);
                });
                table::finish(unit, grouping, format.levels(), scales, codes);
                return Ok(());
            }
            Fp8Per::Tensor => ScalePer::Tensor,
            Fp8Per::Channel => ScalePer::Channel,
        };
        let grouping = settings::grouping(per, self.axis, None, &unit.geometry);
        let levels = (format.levels(), format.greatest());
        table::quantize(unit, grouping, form, levels, |scaled, codes| {
            format.encode(scaled, codes);
        })
    }
}
