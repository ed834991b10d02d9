//! Sixteen patterns to one comparison. Bound by loads.

use super::{CHUNK, LOW_BITS};
use crate::vector::{load, part};
use core::arch::wasm32::*;

/// Whether any of `values` lies in `bin`.
#[inline(always)]
pub(super) fn any_in_bin(values: &[f32; CHUNK], bin: u32) -> bool {
    let wanted = u32x4_splat(bin << LOW_BITS);
    // All but the sign and the low bits must be equal.
    let top = u32x4_splat(0x7fff_0000);
    let same = |index| {
        let pattern = load(part::<_, 4, CHUNK>(values, index));
        i32x4_eq(v128_and(pattern, top), wanted)
    };
    v128_any_true(v128_or(v128_or(same(0), same(1)), v128_or(same(2), same(3))))
}
