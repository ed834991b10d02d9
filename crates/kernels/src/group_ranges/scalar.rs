//! Portable form; its part for less than a chunk serves both.

use super::{CHUNK, NOTHING};

/// The extremes of `found` and `values`.
#[inline(always)]
pub(super) fn extend((mut min, mut max): (f32, f32), values: &[f32]) -> (f32, f32) {
    for &value in values {
        let finite = value.is_finite();
        min = if finite && value < min { value } else { min };
        max = if finite && max < value { value } else { max };
    }
    (min, max)
}

/// The extremes of `chunks`.
#[inline(always)]
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn extremes(chunks: &[[f32; CHUNK]]) -> (f32, f32) {
    let (mut mins, mut maxs) = ([NOTHING.0; CHUNK], [NOTHING.1; CHUNK]);
    for chunk in chunks {
        for lane in 0..CHUNK {
            (mins[lane], maxs[lane]) = extend((mins[lane], maxs[lane]), &chunk[lane..=lane]);
        }
    }
    let min = mins.into_iter().fold(NOTHING.0, |a, b| if b < a { b } else { a });
    let max = maxs.into_iter().fold(NOTHING.1, |a, b| if a < b { b } else { a });
    (min, max)
}
