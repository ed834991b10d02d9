//! Eight values at a time. Bound by memory.

use super::CHUNK;
use crate::vector::{lanes, load, part, store};
use core::arch::wasm32::*;

/// All bits set where |w| < `threshold`.
#[inline(always)]
fn below(values: v128, threshold: v128) -> v128 {
    f32x4_lt(f32x4_abs(values), threshold)
}

pub(super) fn zero_below(chunks: &mut [[f32; CHUNK]], threshold: f32) -> u64 {
    let threshold = f32x4_splat(threshold);
    // Lanes cannot overflow: no slice on a 32-bit target is so long.
    let mut count = i32x4_splat(0);
    for chunk in chunks {
        for half in chunk.as_chunks_mut::<4>().0 {
            let values = load(half);
            let mask = below(values, threshold);
            count = i32x4_sub(count, mask);
            store(half, v128_andnot(values, mask));
        }
    }
    lanes::<u32, 4>(count).into_iter().map(u64::from).sum()
}

pub(super) fn mask_kept(chunks: &[[f32; CHUNK]], threshold: f32, mask: &mut [u8]) {
    let threshold = f32x4_splat(threshold);
    for (chunk, byte) in chunks.iter().zip(mask) {
        let low = below(load(part::<_, 4, CHUNK>(chunk, 0)), threshold);
        let high = below(load(part::<_, 4, CHUNK>(chunk, 1)), threshold);
        *byte = !(i32x4_bitmask(low) | i32x4_bitmask(high) << 4);
    }
}

pub(super) fn apply_mask(chunks: &mut [[f32; CHUNK]], mask: &[u8]) {
    let bits = [u32x4(1, 2, 4, 8), u32x4(16, 32, 64, 128)];
    for (chunk, &byte) in chunks.iter_mut().zip(mask) {
        let byte = u32x4_splat(u32::from(byte));
        for (half, bits) in chunk.as_chunks_mut::<4>().0.iter_mut().zip(bits) {
            let keep = i32x4_eq(v128_and(byte, bits), bits);
            store(half, v128_and(load(half), keep));
        }
    }
}
