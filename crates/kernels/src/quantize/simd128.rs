//! Sixteen values at a time: four vectors of floats, narrowed to one of bytes or two of 16 bits. Bound by memory for
//! runs that are longer than the caches, else by arithmetic: six instructions a vector, and the narrowing.

use super::{CHUNK, Code, Grid, ROUNDER};
use crate::vector::{load, part, store};
use core::arch::wasm32::*;

/// Codes from and to four vectors of 32-bit integers.
pub trait Vectors: Sized {
    /// Narrows integers that are in range.
    fn narrow(wide: [v128; 4], codes: &mut [Self; CHUNK]);
    /// Widens to 32 bits.
    fn widen(codes: &[Self; CHUNK]) -> [v128; 4];
}

impl Vectors for u8 {
    #[inline(always)]
    fn narrow(wide: [v128; 4], codes: &mut [Self; CHUNK]) {
        let [a, b, c, d] = wide;
        let narrowed = u8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
        store(codes, narrowed);
    }

    #[inline(always)]
    fn widen(codes: &[Self; CHUNK]) -> [v128; 4] {
        let bytes = load(codes);
        let (low, high) = (u16x8_extend_low_u8x16(bytes), u16x8_extend_high_u8x16(bytes));
        [
            u32x4_extend_low_u16x8(low),
            u32x4_extend_high_u16x8(low),
            u32x4_extend_low_u16x8(high),
            u32x4_extend_high_u16x8(high),
        ]
    }
}

impl Vectors for i8 {
    #[inline(always)]
    fn narrow(wide: [v128; 4], codes: &mut [Self; CHUNK]) {
        let [a, b, c, d] = wide;
        let narrowed = i8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
        store(codes, narrowed);
    }

    #[inline(always)]
    fn widen(codes: &[Self; CHUNK]) -> [v128; 4] {
        let bytes = load(codes);
        let (low, high) = (i16x8_extend_low_i8x16(bytes), i16x8_extend_high_i8x16(bytes));
        [
            i32x4_extend_low_i16x8(low),
            i32x4_extend_high_i16x8(low),
            i32x4_extend_low_i16x8(high),
            i32x4_extend_high_i16x8(high),
        ]
    }
}

impl Vectors for u16 {
    #[inline(always)]
    fn narrow(wide: [v128; 4], codes: &mut [Self; CHUNK]) {
        let [low, high] = codes.as_chunks_mut::<8>().0 else {
            unreachable!("16 codes are two vectors")
        };
        store(low, u16x8_narrow_i32x4(wide[0], wide[1]));
        store(high, u16x8_narrow_i32x4(wide[2], wide[3]));
    }

    #[inline(always)]
    fn widen(codes: &[Self; CHUNK]) -> [v128; 4] {
        let (low, high) = (load(part::<_, 8, CHUNK>(codes, 0)), load(part::<_, 8, CHUNK>(codes, 1)));
        [
            u32x4_extend_low_u16x8(low),
            u32x4_extend_high_u16x8(low),
            u32x4_extend_low_u16x8(high),
            u32x4_extend_high_u16x8(high),
        ]
    }
}

impl Vectors for i16 {
    #[inline(always)]
    fn narrow(wide: [v128; 4], codes: &mut [Self; CHUNK]) {
        let [low, high] = codes.as_chunks_mut::<8>().0 else {
            unreachable!("16 codes are two vectors")
        };
        store(low, i16x8_narrow_i32x4(wide[0], wide[1]));
        store(high, i16x8_narrow_i32x4(wide[2], wide[3]));
    }

    #[inline(always)]
    fn widen(codes: &[Self; CHUNK]) -> [v128; 4] {
        let (low, high) = (load(part::<_, 8, CHUNK>(codes, 0)), load(part::<_, 8, CHUNK>(codes, 1)));
        [
            i32x4_extend_low_i16x8(low),
            i32x4_extend_high_i16x8(low),
            i32x4_extend_low_i16x8(high),
            i32x4_extend_high_i16x8(high),
        ]
    }
}

#[inline(always)]
pub(super) fn quantize<C: Code>(chunks: &[[f32; CHUNK]], grid: Grid, codes: &mut [[C; CHUNK]]) {
    let (inverse_scale, zero) = (f32x4_splat(grid.inverse_scale), f32x4_splat(grid.zero));
    let (low, high) = (f32x4_splat(grid.low as f32), f32x4_splat(grid.high as f32));
    let rounder = f32x4_splat(ROUNDER);
    for (chunk, codes) in chunks.iter().zip(codes) {
        let wide = core::array::from_fn(|index| {
            let values = load(part::<_, 4, CHUNK>(chunk, index));
            let scaled = f32x4_add(f32x4_mul(values, inverse_scale), zero);
            // `pmax(a, b)` is `a < b ? b : a`, `pmin(a, b)` is `b < a ? b : a`: a NaN becomes `low`.
            let clamped = f32x4_pmin(high, f32x4_pmax(low, scaled));
            i32x4_sub(f32x4_add(clamped, rounder), rounder)
        });
        C::narrow(wide, codes);
    }
}

#[inline(always)]
pub(super) fn dequantize<C: Code>(codes: &[[C; CHUNK]], scale: f32, zero: f32, chunks: &mut [[f32; CHUNK]]) {
    let (scale, zero) = (f32x4_splat(scale), f32x4_splat(zero));
    for (codes, chunk) in codes.iter().zip(chunks) {
        for (wide, values) in C::widen(codes).into_iter().zip(chunk.as_chunks_mut::<4>().0) {
            store(values, f32x4_mul(f32x4_sub(f32x4_convert_i32x4(wide), zero), scale));
        }
    }
}
