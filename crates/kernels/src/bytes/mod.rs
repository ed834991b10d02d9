//! Copies of bytes.

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
