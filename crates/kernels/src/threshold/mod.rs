//! Zeroing what is small, and masks of what is kept: one bit a value, the first in the lowest bit.
//!
//! A NaN is never below a threshold. A threshold of `f32::from_bits(1)`, the least magnitude there is, parts zeros from
//! all else.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// Values that one byte of a mask speaks of.
const CHUNK: usize = 8;

/// Bytes of a mask of `count` values.
pub const fn mask_len(count: usize) -> usize {
    count.div_ceil(CHUNK)
}

/// Makes every value with |w| < `threshold` 0.0 and gives how many those are, zeros included.
pub fn zero_below(values: &mut [f32], threshold: f32) -> u64 {
    let (chunks, rest) = values.as_chunks_mut::<CHUNK>();
    chosen::zero_below(chunks, threshold) + scalar::zero_each_below(rest, threshold)
}

/// How many values have |w| < `threshold`.
pub fn count_below(values: &[f32], threshold: f32) -> u64 {
    values
        .iter()
        .fold(0, |count, value| count + u64::from(value.abs() < threshold))
}

/// Sets the bit of every value that is not below `threshold` in magnitude, clears the others and those past the end,
/// and gives how many are set.
///
/// # Panics
/// Unless `mask` has [`mask_len`] bytes.
pub fn mask_kept(values: &[f32], threshold: f32, mask: &mut [u8]) -> u64 {
    assert_eq!(mask.len(), mask_len(values.len()), "a bit for each value");
    let (chunks, rest) = values.as_chunks::<CHUNK>();
    let (whole, last) = mask.split_at_mut(chunks.len());
    chosen::mask_kept(chunks, threshold, whole);
    if let [last] = last {
        *last = scalar::mask_of(rest, threshold);
    }
    let (words, rest) = mask.as_chunks::<8>();
    let in_words: u64 = words
        .iter()
        .map(|&word| u64::from(u64::from_le_bytes(word).count_ones()))
        .sum();
    let in_rest: u32 = rest.iter().map(|byte| byte.count_ones()).sum();
    in_words + u64::from(in_rest)
}

/// Makes every value whose bit is clear 0.0.
///
/// # Panics
/// Unless `mask` has [`mask_len`] bytes.
pub fn apply_mask(values: &mut [f32], mask: &[u8]) {
    assert_eq!(mask.len(), mask_len(values.len()), "a bit for each value");
    let (chunks, rest) = values.as_chunks_mut::<CHUNK>();
    let (whole, last) = mask.split_at(chunks.len());
    chosen::apply_mask(chunks, whole);
    if let [last] = last {
        scalar::apply_to_each(rest, *last);
    }
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::{apply_mask, mask_kept, zero_below};
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::{apply_mask, mask_kept, zero_below};
}
