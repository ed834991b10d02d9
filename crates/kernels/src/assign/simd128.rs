//! Few boundaries, each compared with sixteen values. Bound by the comparisons.

use super::{COUNTED, scalar};
use crate::vector::{lanes, load, part};
use core::arch::wasm32::*;

/// Counts the boundaries below each value.
#[inline(always)]
pub(super) fn count(boundaries: &[f32], values: &[f32], indices: &mut [u16]) {
    debug_assert!(boundaries.len() <= COUNTED);
    let (chunks, rest) = values.as_chunks::<16>();
    let (index_chunks, index_rest) = indices.as_chunks_mut::<16>();
    for (chunk, indices) in chunks.iter().zip(index_chunks) {
        let values: [v128; 4] = core::array::from_fn(|index| load(part::<_, 4, 16>(chunk, index)));
        let mut below = [i32x4_splat(0); 4];
        for &boundary in boundaries {
            let boundary = f32x4_splat(boundary);
            for (below, values) in below.iter_mut().zip(values) {
                *below = i32x4_sub(*below, f32x4_lt(boundary, values));
            }
        }
        let [a, b, c, d] = below;
        let bytes = u8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
        *indices = lanes::<u8, 16>(bytes).map(u16::from);
    }
    scalar::count(boundaries, rest, index_rest);
}
