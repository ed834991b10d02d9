//! Four rows share the loads of the vector. Bound by arithmetic: 34 instructions for 32 weights.

use super::super::ROWS;
use super::{LANES, Part, Row};
use crate::vector::{lanes, load};
use core::arch::wasm32::*;

/// The lanes of four rows' sums.
#[inline(always)]
pub(super) fn four(rows: [Row; ROWS], parts: &[Part]) -> [[f32; LANES]; ROWS] {
    let mut totals = [f32x4_splat(0.0); ROWS];
    // Of one length, so that one comparison bounds all.
    let rows = rows.map(|(codes, scales)| (&codes[..parts.len()], &scales[..parts.len()]));
    for (index, part) in parts.iter().enumerate() {
        let words = rows.map(|(codes, _)| load(&codes[index]));
        let mut sums = [f32x4_splat(0.0); ROWS];
        let (low, high) = part.factors.split_at(4);
        for (half, factors) in [(words, low), (words.map(|words| u32x4_shr(words, 16)), high)] {
            for (code, factors) in factors.iter().enumerate() {
                let factors = load(factors);
                let mask = u32x4_splat(15 << (4 * code));
                for row in 0..ROWS {
                    let codes = f32x4_convert_i32x4(v128_and(half[row], mask));
                    sums[row] = f32x4_add(sums[row], f32x4_mul(codes, factors));
                }
            }
        }
        let offset = load(&part.offset);
        for row in 0..ROWS {
            let scale = f32x4_splat(rows[row].1[index]);
            totals[row] = f32x4_add(totals[row], f32x4_mul(f32x4_sub(sums[row], offset), scale));
        }
    }
    totals.map(lanes::<f32, LANES>)
}
