//! Portable form.

use super::super::ROWS;
use super::{CODES, LANES, Part, Row};

/// The lanes of one row's sum.
#[inline(always)]
pub(super) fn one((codes, scales): Row, parts: &[Part]) -> [f32; LANES] {
    let mut total = [0.0; LANES];
    for ((group, &scale), part) in codes.iter().zip(scales).zip(parts) {
        let words: [u32; LANES] = std::array::from_fn(|lane| u32::from_le_bytes(group.as_chunks::<4>().0[lane]));
        let mut sums = [0.0; LANES];
        for code in 0..CODES {
            for lane in 0..LANES {
                let half = words[lane] >> (code / 4 * 16);
                let masked = half & (15 << (code % 4 * 4));
                sums[lane] += masked as i32 as f32 * part.factors[code][lane];
            }
        }
        for lane in 0..LANES {
            total[lane] += (sums[lane] - part.offset[lane]) * scale;
        }
    }
    total
}

/// As [`one`], for four rows.
#[inline(always)]
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn four(rows: [Row; ROWS], parts: &[Part]) -> [[f32; LANES]; ROWS] {
    rows.map(|row| one(row, parts))
}
