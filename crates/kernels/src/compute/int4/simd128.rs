//! Four rows share the loads of the vector; `i32x4_dot_i16x8` adds pairs of products. Bound by arithmetic: under twenty
//! instructions for 32 weights.

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
    let mask = u16x8_splat(15);
    for (index, part) in parts.iter().enumerate() {
        let [first, second, third, fourth] = part.factors.each_ref().map(load);
        let offset = load(&part.offset);
        for row in 0..ROWS {
            let (codes, scales) = rows[row];
            let words = load(&codes[index]);
            let low = i32x4_add(
                i32x4_dot_i16x8(v128_and(words, mask), first),
                i32x4_dot_i16x8(v128_and(u16x8_shr(words, 4), mask), second),
            );
            let high = i32x4_add(
                i32x4_dot_i16x8(v128_and(u16x8_shr(words, 8), mask), third),
                i32x4_dot_i16x8(u16x8_shr(words, 12), fourth),
            );
            let sums = f32x4_convert_i32x4(i32x4_sub(i32x4_add(low, high), offset));
            let scale = f32x4_splat(scales[index] * part.scale);
            totals[row] = f32x4_add(totals[row], f32x4_mul(sums, scale));
        }
    }
    totals.map(lanes::<f32, LANES>)
}
