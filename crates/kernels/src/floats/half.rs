//! The two 16-bit formats, a value at a time, on patterns, so that no NaN is touched.

use super::format::{Fp16, Overflow, narrow, widen};

/// The nearest fp16, ties to even, overflow to infinity. A NaN keeps the top bits of its payload, so that every fp16
/// comes back from [`half_to_single`] as it was.
#[inline(always)]
pub fn single_to_half(single: u32) -> u16 {
    narrow::<Fp16>(single, Overflow::Infinity)
}

/// The fp32 of the same value: exact for every fp16, with a NaN's payload.
#[inline(always)]
pub fn half_to_single(half: u16) -> u32 {
    widen::<Fp16>(half)
}

/// The nearest bf16, ties to even. A NaN keeps the top bits of its payload.
#[inline(always)]
pub(super) fn single_to_brain(single: u32, overflow: Overflow) -> u16 {
    let magnitude = single & 0x7fff_ffff;
    let rounded = (magnitude + 0x7fff + (magnitude >> 16 & 1)) >> 16;
    let most = match overflow {
        Overflow::Infinity => 0x7f80,
        Overflow::Saturate => 0x7f7f,
    };
    let finite = if rounded > 0x7f7f { most } else { rounded };
    let kept = magnitude >> 16;
    let nan = if kept == 0x7f80 { 0x7fc0 } else { kept };
    let unsigned = if magnitude > 0x7f80_0000 { nan } else { finite };
    (unsigned | (single >> 16 & 0x8000)) as u16
}
