//! Two vectors at a time. Bound by arithmetic: five instructions a vector, and the last step of each group.

use super::{CHUNK, NOTHING};
use crate::vector::{load, part};
use core::arch::wasm32::*;

/// The extremes of `chunks`.
#[inline(always)]
pub(super) fn extremes(chunks: &[[f32; CHUNK]]) -> (f32, f32) {
    let (mut mins, mut maxs) = ([f32x4_splat(NOTHING.0); 2], [f32x4_splat(NOTHING.1); 2]);
    for chunk in chunks {
        for half in 0..2 {
            let values = load(part::<_, 4, CHUNK>(chunk, half));
            let magnitude = v128_and(values, i32x4_splat(0x7fff_ffff));
            let finite = i32x4_lt(magnitude, i32x4_splat(0x7f80_0000));
            mins[half] = f32x4_pmin(mins[half], v128_bitselect(values, mins[half], finite));
            maxs[half] = f32x4_pmax(maxs[half], v128_bitselect(values, maxs[half], finite));
        }
    }
    let min = f32x4_pmin(mins[0], mins[1]);
    let max = f32x4_pmax(maxs[0], maxs[1]);
    let min = f32x4_pmin(min, i64x2_shuffle::<1, 0>(min, min));
    let max = f32x4_pmax(max, i64x2_shuffle::<1, 0>(max, max));
    let min = f32x4_pmin(min, i32x4_shuffle::<1, 0, 3, 2>(min, min));
    let max = f32x4_pmax(max, i32x4_shuffle::<1, 0, 3, 2>(max, max));
    (f32x4_extract_lane::<0>(min), f32x4_extract_lane::<0>(max))
}
