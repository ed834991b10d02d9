//! Portable form; its parts for less than a chunk serve both.
#![cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]

use super::CHUNK;

pub(super) fn zero_each_below(values: &mut [f32], threshold: f32) -> u64 {
    let mut count = 0;
    for value in values {
        let below = value.abs() < threshold;
        count += u64::from(below);
        // Without a branch, which random weights would make costly.
        *value = f32::from_bits(value.to_bits() & u32::from(below).wrapping_sub(1));
    }
    count
}

pub(super) fn zero_below(chunks: &mut [[f32; CHUNK]], threshold: f32) -> u64 {
    zero_each_below(chunks.as_flattened_mut(), threshold)
}

/// The mask of at most eight values.
#[inline(always)]
pub(super) fn mask_of(values: &[f32], threshold: f32) -> u8 {
    let mut mask = 0;
    for (bit, value) in values.iter().enumerate() {
        let below = value.abs() < threshold;
        mask |= u8::from(!below) << bit;
    }
    mask
}

pub(super) fn mask_kept(chunks: &[[f32; CHUNK]], threshold: f32, mask: &mut [u8]) {
    for (chunk, byte) in chunks.iter().zip(mask) {
        *byte = mask_of(chunk, threshold);
    }
}

/// Applies one byte of a mask to at most eight values.
#[inline(always)]
pub(super) fn apply_to_each(values: &mut [f32], mask: u8) {
    for (bit, value) in values.iter_mut().enumerate() {
        let keep = 0u32.wrapping_sub(u32::from(mask >> bit & 1));
        *value = f32::from_bits(value.to_bits() & keep);
    }
}

pub(super) fn apply_mask(chunks: &mut [[f32; CHUNK]], mask: &[u8]) {
    for (chunk, &byte) in chunks.iter_mut().zip(mask) {
        apply_to_each(chunk, byte);
    }
}
