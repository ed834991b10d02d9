//! Codes back to weights: the arithmetic that every decoder repeats exactly.

use crate::{Grouping, Scaled, Scales, Zeros};
use tensorpress_kernels::floats::{self, E4M3};
use tensorpress_kernels::levels;

impl Scales {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Scales::F32(scales) => scales.len(),
            Scales::F16(halves) | Scales::Bf16(halves) => halves.len(),
            Scales::E8m0(codes) | Scales::E4m3 { codes, .. } | Scales::Double { codes, .. } => codes.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The scales as fp32, each exactly what its stored form stands for; products are rounded once. E8M0's code 255,
    /// which no encoder writes, gives infinity.
    pub fn values(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.len()];
        match self {
            Scales::F32(scales) => values.copy_from_slice(scales),
            Scales::F16(halves) => floats::from_fp16(halves, &mut values),
            Scales::Bf16(halves) => floats::from_bf16(halves, &mut values),
            Scales::E8m0(codes) => {
                for (value, &code) in values.iter_mut().zip(codes) {
                    // 2^-127 is subnormal: half of the least normal number.
                    let bits = if code == 0 { 1 << 22 } else { u32::from(code) << 23 };
                    *value = f32::from_bits(bits);
                }
            }
            Scales::E4m3 { codes, global } => {
                floats::from_small::<E4M3>(codes, &mut values);
                values.iter_mut().for_each(|value| *value *= global);
            }
            Scales::Double { codes, group, steps } => {
                let codes = codes.chunks((*group).max(1));
                for ((values, codes), &step) in values.chunks_mut((*group).max(1)).zip(codes).zip(steps) {
                    for (value, &code) in values.iter_mut().zip(codes) {
                        *value = f32::from(code) * step;
                    }
                }
            }
        }
        values
    }
}

impl Zeros {
    /// The zeros as fp32; none if all are 0.
    pub fn values(&self) -> Option<Vec<f32>> {
        match self {
            Zeros::None => None,
            Zeros::Integers(zeros) => Some(zeros.iter().map(|&zero| zero as f32).collect()),
            Zeros::F16(halves) => {
                let mut values = vec![0.0; halves.len()];
                floats::from_fp16(halves, &mut values);
                Some(values)
            }
            Zeros::F32(zeros) => Some(zeros.clone()),
        }
    }
}

impl Scaled {
    /// The weights: `(level(code) − zero) · scale`, a subtraction and a multiplication in fp32. A code beyond the
    /// levels counts as the last.
    ///
    /// # Panics
    /// If there are not as many codes, scales and zeros as the grouping says.
    pub fn restore(&self) -> Vec<f32> {
        let (scales, zeros) = (self.scales.values(), self.zeros.values());
        assert_eq!(self.codes.len(), self.grouping.len(), "a code for each weight");
        assert_eq!(scales.len(), self.grouping.scales(), "a scale for each group");
        let zeros = zeros.unwrap_or_else(|| vec![0.0; scales.len()]);
        assert_eq!(zeros.len(), scales.len(), "a zero for each group");
        let mut weights = vec![0.0; self.codes.len()];
        if weights.is_empty() {
            return weights;
        }
        restore(
            self.grouping,
            &self.codes,
            &scales,
            &zeros,
            &mut weights,
            &self.levels.kernel(),
        );
        weights
    }
}

fn restore(
    grouping: Grouping,
    codes: &[u16],
    scales: &[f32],
    zeros: &[f32],
    weights: &mut [f32],
    levels: &levels::Levels,
) {
    let groups = grouping.groups();
    if grouping.inner == 1 && grouping.channels > 1 {
        // Neighbours are of different channels: gather the scales of a row once for all rows that share them.
        let (mut row_scales, mut row_zeros) = (vec![0.0; grouping.channels], vec![0.0; grouping.channels]);
        let rows = codes
            .chunks_exact(grouping.channels)
            .zip(weights.chunks_exact_mut(grouping.channels));
        for (index, (codes, weights)) in rows.enumerate() {
            if index % grouping.group == 0 {
                let group = index / grouping.group;
                let of_group = |all: &[f32], row: &mut [f32]| {
                    for (slot, all) in row.iter_mut().zip(all.chunks(groups)) {
                        *slot = all[group];
                    }
                };
                of_group(scales, &mut row_scales);
                of_group(zeros, &mut row_zeros);
            }
            levels.restore_each(codes, &row_scales, &row_zeros, weights);
        }
        return;
    }
    let mut at = 0;
    for outer in 0..grouping.outer {
        for channel in 0..grouping.channels {
            let (mut within, end) = (outer * grouping.inner, (outer + 1) * grouping.inner);
            while within < end {
                let group = within / grouping.group;
                let count = ((group + 1) * grouping.group).min(end) - within;
                let (scale, zero) = (scales[channel * groups + group], zeros[channel * groups + group]);
                levels.restore(&codes[at..at + count], scale, zero, &mut weights[at..at + count]);
                within += count;
                at += count;
            }
        }
    }
}
