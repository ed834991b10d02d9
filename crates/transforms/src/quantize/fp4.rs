//! Floats of 4 bits in small groups, each with a scale of 8 bits. Sources: OCP Microscaling Formats (MX) Specification
//! 1.0 for MXFP4; NVIDIA's NVFP4; for the second scale that is tried, J. Cook et al., "Four Over Six", 2025.

use super::channels::{by_channel, each_run};
use super::fp8::positive_zero;
use super::{settings, table};
use crate::error::finite;
use crate::{Scales, Transform, TransformError, Unit};
use tensorpress_kernels::floats::{self, E2M1, E4M3, Overflow};

/// What each of the 16 patterns stands for.
pub const LEVELS: [f32; 16] = [
    0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0,
];
const GREATEST: f32 = 6.0;
const GREATEST_E4M3: f32 = 448.0;

tensorpress_json::fields! {
    /// Weights become E2M1, rounded to nearest, ties to even, times the scale of their group. Of two neighbouring scales the
    /// one with the lower squared error is taken.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Fp4 {
        /// How scales are stored; E8M0 by default.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Fp4Scale>"))]
        pub scale: Fp4Scale => written,
        /// Weights of a group, 16 to 256; by default 32 with E8M0, 16 with E4M3.
        pub group: Option<usize>,
        /// The axis of the output channels, where it is not the one that the format suggests.
        pub axis: Option<usize>,
    }
}

/// How scales of fp4 are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Fp4Scale {
    /// Powers of two, as MXFP4 has them.
    #[default]
    E8m0,
    /// fp8 E4M3 times one fp32, as NVFP4 has them.
    E4m3,
}

tensorpress_json::names!(Fp4Scale {
    E8m0: "e8m0",
    E4m3: "e4m3"
});

impl Transform for Fp4 {
    fn check(&self) -> Result<(), TransformError> {
        settings::check_grouping("fp4", None, self.group)
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        finite(&unit.weights)?;
        if unit.weights.is_empty() {
            return Ok(());
        }
        let default_group = match self.scale {
            Fp4Scale::E8m0 => 32,
            Fp4Scale::E4m3 => 16,
        };
        let grouping = table::groups(unit, self.axis, self.group.unwrap_or(default_group));
        let sorted = by_channel(&unit.weights, &grouping);
        let magnitudes = table::greatest(&sorted, &grouping, 1.0);
        let candidates = match self.scale {
            Fp4Scale::E8m0 => powers_of_two(&magnitudes),
            Fp4Scale::E4m3 => fractions(&magnitudes),
        };
        let values = candidates.each_ref().map(Scales::values);
        let mut second = vec![false; magnitudes.len()];
        let mut scratch = Scratch::new(grouping.group.min(sorted.len()));
        each_run(&grouping, |weights, groups| {
            for (weights, group) in sorted[weights].chunks(grouping.group).zip(groups) {
                let [first, other] = [values[0][group], values[1][group]];
                second[group] = scratch.error(weights, other) < scratch.error(weights, first);
            }
        });
        let scales = merge(candidates, &second);
        let codes = table::codes(&sorted, &grouping, &scales.values(), encode);
        table::finish(unit, grouping, LEVELS.to_vec(), scales, codes);
        Ok(())
    }
}

fn encode(scaled: &[f32], codes: &mut [u16]) {
    let mut bytes = vec![0u8; scaled.len()];
    floats::to_small::<E2M1>(scaled, Overflow::Saturate, &mut bytes);
    for (code, byte) in codes.iter_mut().zip(bytes) {
        *code = u16::from(positive_zero(byte, 8));
    }
}

/// Space for one group.
struct Scratch {
    scaled: Vec<f32>,
    codes: Vec<u8>,
}

impl Scratch {
    fn new(group: usize) -> Self {
        Scratch {
            scaled: vec![0.0; group],
            codes: vec![0; group],
        }
    }

    /// The squared error of a group with a scale.
    fn error(&mut self, weights: &[f32], scale: f32) -> f64 {
        let (scaled, codes) = (&mut self.scaled[..weights.len()], &mut self.codes[..weights.len()]);
        table::divide(weights, scale, scaled);
        floats::to_small::<E2M1>(scaled, Overflow::Saturate, codes);
        let error = |(&weight, &code): (&f32, &u8)| {
            let restored = LEVELS[usize::from(code & 15)] * scale;
            (f64::from(weight) - f64::from(restored)).powi(2)
        };
        weights.iter().zip(&*codes).map(error).sum()
    }
}

/// The power of two that the specification names, for which the greatest magnitude is 4 to 8 and may be cut off, and
/// the next one. All are within 2^-127 to 2^125, so that 6 times a scale is finite.
fn powers_of_two(magnitudes: &[f32]) -> [Scales; 2] {
    [2, 1].map(|below| {
        let code = |magnitude: &f32| {
            // Of subnormal magnitudes the exponent is 0: their scale is the least.
            let exponent = (magnitude.to_bits() >> 23) as i32;
            (exponent - below).clamp(0, 252) as u8
        };
        Scales::E8m0(magnitudes.iter().map(code).collect())
    })
}

/// Scales for which the greatest magnitude becomes 6, and 4: between 4 and 6 nothing is.
fn fractions(magnitudes: &[f32]) -> [Scales; 2] {
    let greatest = magnitudes
        .iter()
        .fold(0.0f32, |greatest, &magnitude| greatest.max(magnitude));
    let global = greatest / (GREATEST * GREATEST_E4M3);
    [GREATEST, 4.0].map(|most| {
        let mut relative = vec![0.0; magnitudes.len()];
        for (relative, &magnitude) in relative.iter_mut().zip(magnitudes) {
            // At most 448 · 6 / 4, which is cut off to 448.
            *relative = if global > 0.0 { magnitude / global / most } else { 0.0 };
        }
        let mut codes = vec![0; relative.len()];
        floats::to_small::<E4M3>(&relative, Overflow::Saturate, &mut codes);
        Scales::E4m3 { codes, global }
    })
}

/// The first candidate, or the second where it is wanted.
fn merge([first, second]: [Scales; 2], wanted: &[bool]) -> Scales {
    let pick = |first: Vec<u8>, second: Vec<u8>| {
        let pairs = first.into_iter().zip(second).zip(wanted);
        pairs
            .map(|((first, second), &wanted)| if wanted { second } else { first })
            .collect()
    };
    match (first, second) {
        (Scales::E8m0(first), Scales::E8m0(second)) => Scales::E8m0(pick(first, second)),
        (Scales::E4m3 { codes, global }, Scales::E4m3 { codes: second, .. }) => Scales::E4m3 {
            codes: pick(codes, second),
            global,
        },
        (first, _) => first,
    }
}
