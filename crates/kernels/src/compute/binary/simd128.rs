//! 128 bits at a time, counted in bytes, which are added up before they can overflow. Bound by the counting:
//! ARM has an instruction for it and none for the 64-bit words of the portable form; x86 before AVX-512 has it the other
//! way round, counts bytes by table look-ups, and gains nothing here.

use super::scalar;
use crate::vector::{lanes, load};
use core::arch::wasm32::*;

/// Vectors whose counts, of at most 8 a byte, fit a byte.
const VECTORS: usize = 255 / 8;

/// How many bits of two slices of one length differ.
#[inline(always)]
pub(super) fn differences(a: &[u8], b: &[u8]) -> u32 {
    let (vectors, rest) = a.as_chunks::<16>();
    let (other_vectors, other_rest) = b.as_chunks::<16>();
    let mut total = u32x4_splat(0);
    for (vectors, others) in vectors.chunks(VECTORS).zip(other_vectors.chunks(VECTORS)) {
        let mut counts = u8x16_splat(0);
        for (a, b) in vectors.iter().zip(others) {
            counts = u8x16_add(counts, u8x16_popcnt(v128_xor(load(a), load(b))));
        }
        let pairs = u16x8_extadd_pairwise_u8x16(counts);
        total = u32x4_add(total, u32x4_extadd_pairwise_u16x8(pairs));
    }
    lanes::<u32, 4>(total).into_iter().sum::<u32>() + scalar::differences(rest, other_rest)
}
