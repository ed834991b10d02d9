//! Accumulation of stripes, two lanes to a vector.
//!
//! Bound by loads and the multiply: a stripe is 4 loads, 4 key loads and 4 `extmul`.

use super::secret::{PRIME32_1, SECRET};
use core::arch::wasm32::*;

#[inline(always)]
fn load(bytes: &[u8; 16]) -> v128 {
    // SAFETY: 16 bytes are readable; v128_load has no alignment requirement.
    unsafe { v128_load(bytes.as_ptr().cast()) }
}

/// Adds whole stripes of 64 bytes; stripe `i` is keyed by the secret from `secret + 8 * i` on.
#[inline(never)]
pub(super) fn accumulate(acc: &mut [u64; 8], stripes: &[u8], secret: usize) {
    let stripes = stripes.as_chunks::<64>().0;
    assert!(secret + 8 * stripes.len() + 56 <= SECRET.len());
    let mut lanes: [v128; 4] = core::array::from_fn(|lane| u64x2(acc[2 * lane], acc[2 * lane + 1]));
    for (index, stripe) in stripes.iter().enumerate() {
        // SAFETY: by the assertion, 64 bytes of the secret are readable from here for every stripe.
        let key = unsafe { &*SECRET.as_ptr().add(secret + 8 * index).cast::<[u8; 64]>() };
        let values = stripe.as_chunks::<16>().0;
        let keys = key.as_chunks::<16>().0;
        // Two vectors at once: each of the two shuffles then serves both.
        for half in 0..2 {
            let [a, b] = [2 * half, 2 * half + 1];
            let [value_a, value_b] = [a, b].map(|lane| load(&values[lane]));
            let keyed_a = v128_xor(value_a, load(&keys[a]));
            let keyed_b = v128_xor(value_b, load(&keys[b]));
            let low = i32x4_shuffle::<0, 2, 4, 6>(keyed_a, keyed_b);
            let high = i32x4_shuffle::<1, 3, 5, 7>(keyed_a, keyed_b);
            let swapped = [value_a, value_b].map(|value| i64x2_shuffle::<1, 0>(value, value));
            lanes[a] = i64x2_add(i64x2_add(lanes[a], swapped[0]), u64x2_extmul_low_u32x4(low, high));
            lanes[b] = i64x2_add(i64x2_add(lanes[b], swapped[1]), u64x2_extmul_high_u32x4(low, high));
        }
    }
    for (lane, sum) in lanes.into_iter().enumerate() {
        acc[2 * lane] = u64x2_extract_lane::<0>(sum);
        acc[2 * lane + 1] = u64x2_extract_lane::<1>(sum);
    }
}

/// Stirs the accumulators at the end of a block.
pub(super) fn scramble(acc: &mut [u64; 8]) {
    let prime = u64x2_splat(u64::from(PRIME32_1));
    for (lane, pair) in acc.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let value = u64x2(pair[0], pair[1]);
        let key = load(SECRET[128 + 16 * lane..].first_chunk().expect("16 bytes"));
        let mixed = v128_xor(v128_xor(value, u64x2_shr(value, 47)), key);
        let stirred = i64x2_mul(mixed, prime);
        *pair = [u64x2_extract_lane::<0>(stirred), u64x2_extract_lane::<1>(stirred)];
    }
}
