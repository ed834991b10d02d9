//! Copies and bounds of bytes.

use alloc::vec::Vec;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// Appends `src` to `out`.
///
/// With vectors by a loop of its own, for `memory.copy` ends in the machine's string move, which on some processors
/// takes ten times as long where the target lies a few bytes behind the source in their pages.
pub fn append(src: &[u8], out: &mut Vec<u8>) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    simd128::append(src, out);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    out.extend_from_slice(src);
}

/// The least and the largest byte of `src` other than 0, if there is one, and whether 0 occurs.
pub fn bounds(src: &[u8]) -> (Option<(u8, u8)>, bool) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let (vectors, rest) = src.as_chunks::<16>();
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let [mut least, mut before_least, mut largest] = simd128::bounds(vectors);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    let ([mut least, mut before_least, mut largest], rest) = ([255u8, 255, 0], src);
    for &byte in rest {
        least = least.min(byte);
        // 0 wraps around to the largest.
        before_least = before_least.min(byte.wrapping_sub(1));
        largest = largest.max(byte);
    }
    let other = (before_least != 255).then(|| (before_least + 1, largest));
    (other, !src.is_empty() && least == 0)
}
