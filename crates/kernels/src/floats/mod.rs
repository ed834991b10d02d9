//! fp32 from and to narrower floats: fp16, bf16, fp8 E4M3 and E5M2, fp4 E2M1.
//!
//! Narrowing rounds to the nearest, ties to even. The bulk functions are loops without branches that the compiler makes
//! vectors of where the build has them; there is no second form, so all builds give the same bits.

mod format;
mod half;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

pub use format::{E2M1, E4M3, E5M2, FloatFormat, Fp16, Overflow};
pub use half::{half_to_single, single_to_half};

/// The value, or the end of the range that it is beyond; NaN where it is that. As `clamp`, which panics where there is no
/// such range, and then says so with the standard library's way of writing floats: kilobytes, where its ends are no constants.
#[inline]
pub fn limit<T: PartialOrd>(value: T, low: T, high: T) -> T {
    if value < low {
        return low;
    }
    if value > high { high } else { value }
}

/// Converts to fp16.
///
/// # Panics
/// Unless there is a place for each value.
pub fn to_fp16(values: &[f32], overflow: Overflow, halves: &mut [u16]) {
    assert_eq!(values.len(), halves.len(), "a place for each value");
    match overflow {
        Overflow::Infinity => each(values, halves, |value| {
            format::narrow::<Fp16>(value.to_bits(), Overflow::Infinity)
        }),
        Overflow::Saturate => each(values, halves, |value| {
            format::narrow::<Fp16>(value.to_bits(), Overflow::Saturate)
        }),
    }
}

/// Converts from fp16, exactly, NaNs with their payloads.
///
/// # Panics
/// Unless there is a place for each value.
pub fn from_fp16(halves: &[u16], values: &mut [f32]) {
    assert_eq!(values.len(), halves.len(), "a place for each value");
    each(halves, values, |half| f32::from_bits(half_to_single(half)));
}

/// Converts to bf16.
///
/// # Panics
/// Unless there is a place for each value.
pub fn to_bf16(values: &[f32], overflow: Overflow, brains: &mut [u16]) {
    assert_eq!(values.len(), brains.len(), "a place for each value");
    match overflow {
        Overflow::Infinity => each(values, brains, |value| {
            half::single_to_brain(value.to_bits(), Overflow::Infinity)
        }),
        Overflow::Saturate => each(values, brains, |value| {
            half::single_to_brain(value.to_bits(), Overflow::Saturate)
        }),
    }
}

/// Converts from bf16, exactly.
///
/// # Panics
/// Unless there is a place for each value.
pub fn from_bf16(brains: &[u16], values: &mut [f32]) {
    assert_eq!(values.len(), brains.len(), "a place for each value");
    each(brains, values, |brain| f32::from_bits(u32::from(brain) << 16));
}

/// Converts to a format of at most 8 bits, each value in the low bits of a byte. See [`FloatFormat`] for what has no
/// place in it.
///
/// # Panics
/// Unless there is a place for each value.
pub fn to_small<F: FloatFormat>(values: &[f32], overflow: Overflow, codes: &mut [u8]) {
    const { assert!(F::BITS <= 8) }
    assert_eq!(values.len(), codes.len(), "a place for each value");
    match overflow {
        Overflow::Infinity => each(values, codes, |value| {
            format::narrow::<F>(value.to_bits(), Overflow::Infinity) as u8
        }),
        Overflow::Saturate => each(values, codes, |value| {
            format::narrow::<F>(value.to_bits(), Overflow::Saturate) as u8
        }),
    }
}

/// Converts from a format of at most 8 bits, exactly. Bits of a byte above those of the format are ignored.
///
/// # Panics
/// Unless there is a place for each value.
pub fn from_small<F: FloatFormat>(codes: &[u8], values: &mut [f32]) {
    const { assert!(F::BITS <= 8) }
    assert_eq!(values.len(), codes.len(), "a place for each value");
    let table: [f32; 256] = core::array::from_fn(|code| f32::from_bits(format::widen::<F>(code as u16)));
    each(codes, values, |code| table[usize::from(code)]);
}

#[inline(always)]
fn each<A: Copy, B>(from: &[A], to: &mut [B], convert: impl Fn(A) -> B) {
    for (&from, to) in from.iter().zip(to) {
        *to = convert(from);
    }
}
