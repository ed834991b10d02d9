//! Portable form.

use super::{LANES, Lanes};

/// Adds `chunks` to `lanes`.
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn accumulate(lanes: &mut Lanes, chunks: &[[f32; LANES]]) {
    let mut local = *lanes;
    for chunk in chunks {
        for (lane, &value) in chunk.iter().enumerate() {
            local.add(lane, value);
        }
    }
    *lanes = local;
}
