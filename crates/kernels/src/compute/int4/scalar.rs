//! Portable form.

use super::super::ROWS;
use super::{CODES, LANES, Part, Row, WORDS};

/// The lanes of one row's sum.
#[inline(always)]
pub(super) fn one((codes, scales): Row, parts: &[Part]) -> [f32; LANES] {
    let mut total = [0.0; LANES];
    for ((group, &scale), part) in codes.iter().zip(scales).zip(parts) {
        let words: [u16; WORDS] = std::array::from_fn(|word| u16::from_le_bytes(group.as_chunks::<2>().0[word]));
        let mut sums = part.offset.map(|offset| -offset);
        for code in 0..CODES {
            for word in 0..WORDS {
                let code_of_word = i32::from(words[word] >> (4 * code) & 15);
                sums[word / 2] += code_of_word * i32::from(part.factors[code][word]);
            }
        }
        let scale = scale * part.scale;
        for lane in 0..LANES {
            total[lane] += sums[lane] as f32 * scale;
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
