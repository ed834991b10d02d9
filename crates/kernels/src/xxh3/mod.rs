//! XXH3 with 64 and 128 bits of result, seed 0 and the default secret, bit for bit as its specification has it.

mod long;
mod scalar;
mod secret;
mod short;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
mod streaming;
#[cfg(test)]
mod tests;

pub use streaming::Hasher128;

/// Longest input that the short forms hash.
const SHORT_MAX: usize = 240;

/// XXH3-64 of `bytes`.
pub fn hash64(bytes: &[u8]) -> u64 {
    if bytes.len() <= SHORT_MAX {
        short::hash64(bytes)
    } else {
        long::hash64(bytes)
    }
}

/// XXH3-128 of `bytes`.
pub fn hash128(bytes: &[u8]) -> u128 {
    let mut hasher = Hasher128::new();
    hasher.update(bytes);
    hasher.digest()
}

/// Compares the accumulation that was chosen with the portable one, on accumulators and bytes of any kind.
#[cfg(any(test, feature = "self-test"))]
pub(crate) fn stripes_equal_scalar(acc: [u64; 8], bytes: &[u8], secret: usize) -> bool {
    let (mut chosen, mut portable) = (acc, acc);
    stripes::accumulate(&mut chosen, bytes, secret);
    scalar::accumulate(&mut portable, bytes, secret);
    let accumulated = chosen == portable;
    stripes::scramble(&mut chosen);
    scalar::scramble(&mut portable);
    accumulated && chosen == portable
}

/// The only place that chooses how stripes are accumulated.
mod stripes {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::{accumulate, scramble};
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::{accumulate, scramble};
}
