//! Portable form.

use super::{CHUNK, bin_of};

/// Whether any of `values` lies in `bin`.
#[inline(always)]
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn any_in_bin(values: &[f32; CHUNK], bin: u32) -> bool {
    let mut any = false;
    for value in values {
        any |= bin_of(*value) == bin as usize;
    }
    any
}
