//! Taking elements apart.
//!
//! Bound by instructions: rotation, narrowing to bytes and the search for fields without a symbol.

use super::fractions::{self, Fractions};
use super::{CHUNK, CHUNKS, Top, bytes_of};
use crate::fields::word::{Word, mark_exceptions};
use crate::fields::{Exception, FieldLayout, GROUP};
use alloc::vec::Vec;
use core::arch::wasm32::*;

/// The symbols of all whole groups; gives their number.
pub(in crate::fields) fn split_symbols<W: Word>(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    exceptions: &mut Vec<Exception>,
) -> usize {
    // Saturation stands for the comparison with the base, which needs one above 0.
    if base == 0 {
        return 0;
    }
    let groups = symbols.len() / GROUP;
    let top = Top::of(layout);
    assert!(src.len() / (GROUP * W::BYTES) >= groups && layout.element_bytes() == W::BYTES);

    let before_base = u16x8_splat(base - 1);
    for group in 0..groups {
        let first_element = group * GROUP;
        // Bits above the lowest byte of any symbol, and fields other than 0 that have symbol 0.
        let (mut too_wide, mut too_low) = (u16x8_splat(0), u16x8_splat(0));
        for chunk in 0..CHUNKS {
            let at = first_element + chunk * CHUNK;
            // SAFETY: by the assertion `src` holds all bytes of `groups` groups, and `symbols` a byte an element.
            unsafe {
                let wide = tops_without_sign::<W>(src.as_ptr().add(at * W::BYTES)).map(|top_bits| {
                    let field = u16x8_shr(top_bits, top.raw_bits);
                    let wide = u16x8_sub_sat(field, before_base);
                    too_wide = v128_or(too_wide, wide);
                    too_low = v128_or(too_low, v128_and(field, u16x8_eq(wide, u16x8_splat(0))));
                    wide
                });
                v128_store(
                    symbols.as_mut_ptr().add(at).cast(),
                    u8x16_narrow_i16x8(wide[0], wide[1]),
                );
            }
        }
        if v128_any_true(v128_or(too_low, v128_and(too_wide, u16x8_splat(0xFF00)))) {
            let elements = first_element..first_element + GROUP;
            let bytes = &src[elements.start * W::BYTES..elements.end * W::BYTES];
            mark_exceptions::<W>(layout, base, bytes, first_element, &mut symbols[elements], exceptions);
        }
    }
    groups
}

/// The planes of all whole groups; gives their number. `planes` are those of the layout.
pub(in crate::fields) fn split_planes<W: Word>(layout: FieldLayout, src: &[u8], planes: &mut [&mut [u8]]) -> usize {
    let groups = src.len() / (GROUP * W::BYTES);
    let top = Top::of(layout);
    let bits = layout.fraction_bits();
    let (whole, partial) = planes.split_at_mut(layout.byte_planes());
    assert!(layout.element_bytes() == W::BYTES && whole.iter().all(|plane| plane.len() / GROUP >= groups));
    let partial = fractions::named(bits, partial.iter_mut().map(|plane| &mut **plane));
    fractions::check_lengths(bits, partial.each_ref().map(|plane| plane.len()), groups);
    let partial = partial.map(<[u8]>::as_mut_ptr);

    // Raw bits of the top that lie in its lower byte, as those of bf16 do.
    let narrow = top.raw_bits <= 8;
    let raw_mask = u16x8_splat(((1u32 << top.raw_bits) - 1) as u16);
    let mut values: Fractions = [u8x16_splat(0); CHUNKS];
    let mut unused = values;
    for group in 0..groups {
        let first_element = group * GROUP;
        // SAFETY: by the assertions every plane and `src` hold all bytes of `groups` groups: a chunk reads 16 elements
        // and writes 16 bytes of the planes below the top and of `first` and `second` (each a group of a plane or a
        // buffer as long).
        unsafe {
            let buffers = [values.as_mut_ptr().cast::<u8>(), unused.as_mut_ptr().cast::<u8>()];
            let [first, second] = if top.has_byte {
                [whole[top.low_planes].as_mut_ptr().add(first_element), buffers[0]]
            } else {
                buffers
            };
            for chunk in 0..CHUNKS {
                let at = first_element + chunk * CHUNK;
                let source = src.as_ptr().add(at * W::BYTES);
                let mut store_low = |pair: usize, lanes: [v128; 2]| {
                    let [even, odd] = bytes_of(lanes);
                    v128_store(whole[2 * pair].as_mut_ptr().add(at).cast(), even);
                    v128_store(whole[2 * pair + 1].as_mut_ptr().add(at).cast(), odd);
                };
                let tops = match W::BYTES {
                    2 => load2(source),
                    4 => {
                        let [low, tops] = load4(source);
                        store_low(0, low);
                        tops
                    }
                    _ => {
                        let [low, middle, high, tops] = load8(source);
                        store_low(0, low);
                        store_low(1, middle);
                        store_low(2, high);
                        tops
                    }
                };
                let raw = tops.map(|top_bits| v128_and(top_bits, raw_mask));
                if narrow {
                    v128_store(first.add(chunk * CHUNK).cast(), u8x16_narrow_i16x8(raw[0], raw[1]));
                } else {
                    let [low, high] = bytes_of(raw);
                    v128_store(first.add(chunk * CHUNK).cast(), low);
                    v128_store(second.add(chunk * CHUNK).cast(), high);
                }
            }
            if bits != 0 {
                fractions::pack(bits, partial, group, &values);
            }
        }
    }
    groups
}

/// The tops of 16 elements, but with any bit in the place of the sign, which is no part of the field.
///
/// # Safety
/// 16 elements must be readable at `source`.
#[inline(always)]
unsafe fn tops_without_sign<W: Word>(source: *const u8) -> [v128; 2] {
    // SAFETY: the vectors of 16 elements are readable by contract.
    let load = |index: usize| unsafe { v128_load(source.add(16 * index).cast()) };
    match W::BYTES {
        2 => [0, 1].map(|index| u16x8_shl(load(index), 1)),
        4 => [0, 2].map(|index| {
            let tops = [index, index + 1].map(|index| u32x4_shr(load(index), 15));
            // Bit 16 and above hold the sign alone, which falls off.
            low_halves(tops)
        }),
        _ => [0, 4].map(|index| {
            let words = [0, 1, 2, 3].map(|offset| u64x2_shr(load(index + offset), 47));
            let pairs = [[words[0], words[1]], [words[2], words[3]]];
            low_halves(pairs.map(|[left, right]| u32x4_shuffle::<0, 2, 4, 6>(left, right)))
        }),
    }
}

/// The lower halves of 8 lanes of 32 bits.
#[inline(always)]
fn low_halves([left, right]: [v128; 2]) -> v128 {
    u16x8_shuffle::<0, 2, 4, 6, 8, 10, 12, 14>(left, right)
}

/// # Safety
/// 32 bytes must be readable at `source`.
#[inline(always)]
unsafe fn load2(source: *const u8) -> [v128; 2] {
    [0, 1].map(|index| {
        // SAFETY: two vectors are readable by contract.
        let value = unsafe { v128_load(source.add(16 * index).cast()) };
        v128_or(u16x8_shl(value, 1), u16x8_shr(value, 15))
    })
}

/// The low and the upper halves of 8 lanes of 32 bits.
#[inline(always)]
fn halves_of(lanes: [v128; 2]) -> [v128; 2] {
    let low = lanes.map(|lane| v128_and(lane, u32x4_splat(0xFFFF)));
    let high = lanes.map(|lane| u32x4_shr(lane, 16));
    [u16x8_narrow_i32x4(low[0], low[1]), u16x8_narrow_i32x4(high[0], high[1])]
}

/// The low and the upper halves of 16 lanes of 32 bits.
#[inline(always)]
fn halves_of_four(words: [v128; 4]) -> [[v128; 2]; 2] {
    let [first, second] = [halves_of([words[0], words[1]]), halves_of([words[2], words[3]])];
    [[first[0], second[0]], [first[1], second[1]]]
}

/// # Safety
/// 64 bytes must be readable at `source`.
#[inline(always)]
unsafe fn load4(source: *const u8) -> [[v128; 2]; 2] {
    halves_of_four([0, 1, 2, 3].map(|index| {
        // SAFETY: four vectors are readable by contract.
        let value = unsafe { v128_load(source.add(16 * index).cast()) };
        v128_or(u32x4_shl(value, 1), u32x4_shr(value, 31))
    }))
}

/// # Safety
/// 128 bytes must be readable at `source`.
#[inline(always)]
unsafe fn load8(source: *const u8) -> [[v128; 2]; 4] {
    let words = [0, 1, 2, 3, 4, 5, 6, 7].map(|index| {
        // SAFETY: eight vectors are readable by contract.
        let value = unsafe { v128_load(source.add(16 * index).cast()) };
        v128_or(u64x2_shl(value, 1), u64x2_shr(value, 63))
    });
    let pairs = [0, 2, 4, 6].map(|index| [words[index], words[index + 1]]);
    let lower = pairs.map(|[left, right]| u32x4_shuffle::<0, 2, 4, 6>(left, right));
    let upper = pairs.map(|[left, right]| u32x4_shuffle::<1, 3, 5, 7>(left, right));
    let ([a, b], [c, d]) = (halves_of_four(lower), halves_of_four(upper));
    [a, b, c, d]
}
