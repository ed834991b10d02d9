//! Rebuilding elements.
//!
//! Bound by instructions, most of them shifts and shuffles.

use super::fractions::{self, Unpacker};
use super::{CHUNK, CHUNKS, Top, pair_bytes};
use crate::fields::word::Word;
use crate::fields::{FieldLayout, GROUP};
use core::arch::wasm32::*;

/// Whether what bf16 mostly has is written out with constants, which is a twelfth faster. Where code is to be small it is not.
const WRITTEN_OUT: bool = cfg!(feature = "std");

/// Rebuilds all whole groups. `planes` are the planes of the layout.
pub(in crate::fields) fn merge<W: Word>(
    layout: FieldLayout,
    base: u16,
    symbols: &[u8],
    planes: &[&[u8]],
    dst: &mut [u8],
) {
    let groups = symbols.len() / GROUP;
    let top = Top::of(layout);
    let bits = layout.fraction_bits();
    let (whole, partial) = planes.split_at(layout.byte_planes());
    let partial = fractions::named(bits, partial, &[][..]);
    assert!(dst.len() / (GROUP * W::BYTES) >= groups && layout.element_bytes() == W::BYTES);
    assert!(whole.iter().all(|plane| plane.len() / GROUP >= groups));
    fractions::check_lengths(bits, partial.map(<[u8]>::len), groups);

    let before_base = u16x8_splat(base.wrapping_sub(1));
    // A multiplication is a shift by an amount that is not known when compiling, and faster than one.
    let scale = u16x8_splat(1 << top.raw_bits);
    let pointers = partial.map(<[u8]>::as_ptr);
    let fractions_only = W::BYTES == 2 && !top.has_byte;
    let unpacker = Unpacker::new(bits, pointers);
    for group in 0..groups {
        if WRITTEN_OUT && fractions_only && bits >= 5 {
            let (symbols, dst) = (symbols.as_ptr(), dst.as_mut_ptr());
            // SAFETY: by the assertions the symbols, the planes and `dst` hold the group.
            unsafe {
                match bits {
                    5 => merge_fractions::<5>(symbols, pointers, group, before_base, dst),
                    6 => merge_fractions::<6>(symbols, pointers, group, before_base, dst),
                    _ => merge_fractions::<7>(symbols, pointers, group, before_base, dst),
                }
            }
            continue;
        }
        for chunk in 0..CHUNKS {
            // SAFETY: by the assertions every plane and `dst` hold all bytes of `groups` groups: a chunk reads its 16 bytes
            // of the symbols, of the planes of bytes and of the fraction, and writes 16 elements.
            unsafe {
                let at = group * GROUP + chunk * CHUNK;
                let symbol = v128_load(symbols.as_ptr().add(at).cast());
                let load = |plane: usize| v128_load(whole[plane].as_ptr().add(at).cast());
                let fraction = unpacker.chunk(group, chunk);
                let raw = if top.has_byte {
                    pair_bytes(load(top.low_planes), fraction)
                } else {
                    [u16x8_extend_low_u8x16(fraction), u16x8_extend_high_u8x16(fraction)]
                };
                let symbol = [u16x8_extend_low_u8x16(symbol), u16x8_extend_high_u8x16(symbol)];
                let tops = [0, 1].map(|half| with_field(symbol[half], raw[half], before_base, scale));
                let target = dst.as_mut_ptr().add(at * W::BYTES);
                let low = |pair: usize| pair_bytes(load(2 * pair), load(2 * pair + 1));
                match W::BYTES {
                    2 => store2(tops, target),
                    4 => store4(low(0), tops, target),
                    _ => store8([low(0), low(1), low(2)], tops, target),
                }
            }
        }
    }
}

/// A group of two-byte elements whose raw bits are all in the planes of nibbles, pairs and bits, as those of bf16 with
/// one to three mantissa bits in the field are.
///
/// # Safety
/// The symbols, those of the planes that BITS asks for and `dst` must hold that group.
#[inline(always)]
unsafe fn merge_fractions<const BITS: i32>(
    symbols: *const u8,
    planes: [*const u8; 3],
    group: usize,
    before_base: v128,
    dst: *mut u8,
) {
    let scale = u16x8_splat(1 << BITS);
    // SAFETY: by contract 16 symbols can be read and 16 elements written for each chunk of the group.
    unsafe {
        macro_rules! chunks {
            ($($chunk:literal)*) => {$(
                let at = group * GROUP + $chunk * CHUNK;
                let raw = fractions::unpack_chunk::<BITS>(planes, group, $chunk);
                let symbol = v128_load(symbols.add(at).cast());
                let low = [u16x8_extend_low_u8x16(symbol), u16x8_extend_low_u8x16(raw)];
                let high = [u16x8_extend_high_u8x16(symbol), u16x8_extend_high_u8x16(raw)];
                let tops = [low, high].map(|[symbol, raw]| with_field(symbol, raw, before_base, scale));
                store2(tops, dst.add(at * 2));
            )*};
        }
        // Written out, so that every shift is by a constant.
        chunks!(0 1 2 3 4 5 6 7);
    }
}

/// Eight tops: the field of each symbol above the raw bits. Bits beyond the field's width, which only a corrupt file
/// has, fall off.
#[inline(always)]
fn with_field(symbol: v128, raw: v128, before_base: v128, scale: v128) -> v128 {
    let field = v128_andnot(u16x8_add(symbol, before_base), u16x8_eq(symbol, u16x8_splat(0)));
    v128_or(u16x8_mul(field, scale), raw)
}

/// # Safety
/// 32 bytes must be writable at `target`.
#[inline(always)]
unsafe fn store2(tops: [v128; 2], target: *mut u8) {
    for (index, value) in tops.into_iter().enumerate() {
        let rotated = v128_or(u16x8_shr(value, 1), u16x8_shl(value, 15));
        // SAFETY: two vectors are writable by contract.
        unsafe { v128_store(target.add(16 * index).cast(), rotated) };
    }
}

/// Interleaves lanes of 16 bits.
#[inline(always)]
fn pair_halves(low: v128, high: v128) -> [v128; 2] {
    [
        u16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(low, high),
        u16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(low, high),
    ]
}

/// # Safety
/// 64 bytes must be writable at `target`.
#[inline(always)]
unsafe fn store4(low: [v128; 2], tops: [v128; 2], target: *mut u8) {
    for half in 0..2 {
        for (index, value) in pair_halves(low[half], tops[half]).into_iter().enumerate() {
            let rotated = v128_or(u32x4_shr(value, 1), u32x4_shl(value, 31));
            // SAFETY: four vectors are writable by contract.
            unsafe { v128_store(target.add(32 * half + 16 * index).cast(), rotated) };
        }
    }
}

/// # Safety
/// 128 bytes must be writable at `target`.
#[inline(always)]
unsafe fn store8(low: [[v128; 2]; 3], tops: [v128; 2], target: *mut u8) {
    for half in 0..2 {
        let lower = pair_halves(low[0][half], low[1][half]);
        let upper = pair_halves(low[2][half], tops[half]);
        for quarter in 0..2 {
            let words = [
                u32x4_shuffle::<0, 4, 1, 5>(lower[quarter], upper[quarter]),
                u32x4_shuffle::<2, 6, 3, 7>(lower[quarter], upper[quarter]),
            ];
            for (index, value) in words.into_iter().enumerate() {
                let rotated = v128_or(u64x2_shr(value, 1), u64x2_shl(value, 63));
                // SAFETY: eight vectors are writable by contract.
                unsafe { v128_store(target.add(64 * half + 32 * quarter + 16 * index).cast(), rotated) };
            }
        }
    }
}
