//! Portable form.

use super::{LANES, Lanes};

/// Adds pairs of `chunks` and `others` to `lanes`.
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn accumulate(lanes: &mut Lanes, chunks: &[[f32; LANES]], others: &[[f32; LANES]]) {
    let mut local = *lanes;
    for (chunk, other) in chunks.iter().zip(others) {
        for lane in 0..LANES {
            local.add(lane, chunk[lane], other[lane]);
        }
    }
    *lanes = local;
}
