//! Loads and stores of whole vectors, from and to arrays of 16 bytes.

use core::arch::wasm32::{i16x8_load_extend_i8x8, v128, v128_load, v128_store};

/// Numbers without padding, any bits of which are a value.
pub(crate) trait Number: Copy {}
impl Number for u8 {}
impl Number for i8 {}
impl Number for u16 {}
impl Number for i16 {}
impl Number for u32 {}
impl Number for i32 {}
impl Number for f32 {}
impl Number for f64 {}

/// The vector that `from` holds.
#[inline(always)]
pub(crate) fn load<T: Number, const N: usize>(from: &[T; N]) -> v128 {
    const { assert!(size_of::<[T; N]>() == 16) }
    // SAFETY: `from` is 16 readable, initialised bytes; v128_load has no alignment requirement.
    unsafe { v128_load(from.as_ptr().cast()) }
}

/// Writes `vector` to `to`.
#[inline(always)]
pub(crate) fn store<T: Number, const N: usize>(to: &mut [T; N], vector: v128) {
    const { assert!(size_of::<[T; N]>() == 16) }
    // SAFETY: `to` is 16 writable bytes that may hold any bits; v128_store has no alignment requirement.
    unsafe { v128_store(to.as_mut_ptr().cast(), vector) }
}

/// The numbers of `vector`.
#[inline(always)]
pub(crate) fn lanes<T: Number + Default, const N: usize>(vector: v128) -> [T; N] {
    let mut numbers = [T::default(); N];
    store(&mut numbers, vector);
    numbers
}

/// Array `index` of `N` numbers within `from`.
#[inline(always)]
pub(crate) fn part<T, const N: usize, const M: usize>(from: &[T; M], index: usize) -> &[T; N] {
    const { assert!(M.is_multiple_of(N)) }
    &from.as_chunks::<N>().0[index]
}

/// Eight signed bytes, widened to 16 bits each.
#[inline(always)]
pub(crate) fn load_widened(from: &[i8; 8]) -> v128 {
    // SAFETY: `from` is 8 readable bytes; the load has no alignment requirement.
    unsafe { i16x8_load_extend_i8x8(from.as_ptr()) }
}
