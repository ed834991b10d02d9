//! Portable form; its parts for less than a chunk serve both.
#![cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]

use super::{CHUNK, Code, Grid, ROUNDER};

#[inline(always)]
pub(super) fn quantize_each<C: Code>(values: &[f32], grid: Grid, codes: &mut [C]) {
    let (low, high) = (grid.low as f32, grid.high as f32);
    for (&value, code) in values.iter().zip(codes) {
        let scaled = value * grid.inverse_scale + grid.zero;
        // Written so that a NaN becomes `low`.
        let raised = if low < scaled { scaled } else { low };
        let clamped = if raised < high { raised } else { high };
        let rounded = (clamped + ROUNDER).to_bits() as i32 - ROUNDER.to_bits() as i32;
        *code = C::from_i32(rounded);
    }
}

#[inline(always)]
pub(super) fn quantize<C: Code>(chunks: &[[f32; CHUNK]], grid: Grid, codes: &mut [[C; CHUNK]]) {
    quantize_each(chunks.as_flattened(), grid, codes.as_flattened_mut());
}

#[inline(always)]
pub(super) fn dequantize_each<C: Code>(codes: &[C], scale: f32, zero: f32, values: &mut [f32]) {
    for (&code, value) in codes.iter().zip(values) {
        *value = (code.to_f32() - zero) * scale;
    }
}

#[inline(always)]
pub(super) fn dequantize<C: Code>(codes: &[[C; CHUNK]], scale: f32, zero: f32, chunks: &mut [[f32; CHUNK]]) {
    dequantize_each(codes.as_flattened(), scale, zero, chunks.as_flattened_mut());
}
