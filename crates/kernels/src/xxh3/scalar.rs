//! Portable accumulation of stripes.

use super::secret::{PRIME32_1, SECRET};
use super::short::read64;

/// Adds whole stripes of 64 bytes; stripe `i` is keyed by the secret from `secret + 8 * i` on.
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn accumulate(acc: &mut [u64; 8], stripes: &[u8], secret: usize) {
    let mut local = *acc;
    for (index, stripe) in stripes.as_chunks::<64>().0.iter().enumerate() {
        let from = secret + 8 * index;
        let key: &[u8; 64] = SECRET[from..from + 64].first_chunk().expect("64 bytes");
        let mut values = [0u64; 8];
        for (lane, value) in values.iter_mut().enumerate() {
            *value = read64(stripe, lane * 8);
        }
        for lane in 0..8 {
            let keyed = values[lane] ^ read64(key, lane * 8);
            local[lane] = local[lane]
                .wrapping_add(values[lane ^ 1])
                .wrapping_add((keyed & 0xFFFF_FFFF) * (keyed >> 32));
        }
    }
    *acc = local;
}

/// Stirs the accumulators at the end of a block.
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn scramble(acc: &mut [u64; 8]) {
    for (lane, value) in acc.iter_mut().enumerate() {
        *value = (*value ^ *value >> 47 ^ read64(&SECRET, 128 + lane * 8)).wrapping_mul(u64::from(PRIME32_1));
    }
}
