//! Taking elements apart.
//!
//! Bound by instructions: rotation, narrowing to bytes and the search for fields without a symbol.

use super::fractions::{self, Fractions};
use super::{CHUNK, CHUNKS, Top, bytes_of};
use crate::fields::word::{Word, mark_exceptions};
use crate::fields::{Exception, FieldLayout, GROUP, MAX_PLANES, SymbolBounds};
use alloc::vec::Vec;
use core::arch::wasm32::*;

/// The symbols of all groups, which are whole; says which ones there are. Saturation stands for the comparison with the
/// base, which must be above 0.
pub(in crate::fields) fn split_symbols<W: Word>(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    exceptions: &mut Vec<Exception>,
) -> SymbolBounds {
    let groups = symbols.len() / GROUP;
    let top = Top::of(layout);
    assert!(src.len() / (GROUP * W::BYTES) >= groups && layout.element_bytes() == W::BYTES);

    let before_base = u16x8_splat(base - 1);
    let mut seen = Seen::nothing();
    let mut bounds = SymbolBounds::of(&[]);
    for group in 0..groups {
        let first_element = group * GROUP;
        let mut own = Seen::nothing();
        for chunk in 0..CHUNKS {
            let at = first_element + chunk * CHUNK;
            // SAFETY: by the assertion `src` holds all bytes of `groups` groups, and `symbols` a byte an element.
            unsafe {
                let wide = tops_without_sign::<W>(src.as_ptr().add(at * W::BYTES)).map(|top_bits| {
                    let field = u16x8_shr(top_bits, top.raw_bits);
                    let wide = u16x8_sub_sat(field, before_base);
                    own.add(field, wide);
                    wide
                });
                v128_store(
                    symbols.as_mut_ptr().add(at).cast(),
                    u8x16_narrow_i16x8(wide[0], wide[1]),
                );
            }
        }
        if own.outside(before_base) {
            let elements = first_element..first_element + GROUP;
            let bytes = &src[elements.start * W::BYTES..elements.end * W::BYTES];
            let symbols = &mut symbols[elements];
            mark_exceptions::<W>(layout, base, bytes, first_element, symbols, exceptions);
            bounds = bounds.and(SymbolBounds::of(symbols));
        } else {
            seen.join(&own);
        }
    }
    bounds.and(seen.bounds(base))
}

/// Which fields, and numbers that stand for them, there were so far, lane by lane.
#[derive(Clone, Copy)]
struct Seen {
    /// The largest number: of a field of no symbol, it has more than a byte.
    largest: v128,
    /// The least field, 1 subtracted, so that field 0 wraps around to the largest number; and the largest one.
    before_least: v128,
    before_largest: v128,
}

impl Seen {
    #[inline(always)]
    fn nothing() -> Self {
        Self {
            largest: u16x8_splat(0),
            before_least: u16x8_splat(0xFFFF),
            before_largest: u16x8_splat(0),
        }
    }

    #[inline(always)]
    fn add(&mut self, field: v128, wide: v128) {
        let before = u16x8_sub(field, u16x8_splat(1));
        self.largest = u16x8_max(self.largest, wide);
        self.before_least = u16x8_min(self.before_least, before);
        self.before_largest = u16x8_max(self.before_largest, before);
    }

    #[inline(always)]
    fn join(&mut self, other: &Self) {
        self.largest = u16x8_max(self.largest, other.largest);
        self.before_least = u16x8_min(self.before_least, other.before_least);
        self.before_largest = u16x8_max(self.before_largest, other.before_largest);
    }

    /// Whether any field has no symbol: too high, or too low but not 0.
    #[inline(always)]
    fn outside(&self, before_base: v128) -> bool {
        let too_high = v128_and(self.largest, u16x8_splat(0xFF00));
        v128_any_true(v128_or(too_high, u16x8_lt(self.before_least, before_base)))
    }

    /// The symbols, where all fields have one.
    fn bounds(&self, base: u16) -> SymbolBounds {
        let [largest, least, before_largest] = [self.largest, self.before_least, self.before_largest].map(|vector| {
            let mut lanes = [0u16; 8];
            // SAFETY: 16 bytes are writable.
            unsafe { v128_store(lanes.as_mut_ptr().cast(), vector) };
            lanes
        });
        let before_least = least.into_iter().fold(0xFFFF, u16::min);
        SymbolBounds {
            least: match before_least {
                0xFFFF => u8::MAX,
                before => (before - (base - 1) + 1) as u8,
            },
            largest: largest.into_iter().fold(0, u16::max) as u8,
            zero: before_largest.contains(&0xFFFF),
        }
    }
}

/// The planes of the first `groups` groups.
///
/// # Safety
/// The planes that the layout has must be writable for their bytes of all these groups.
///
/// A function of its own: engines allocate the registers of very large ones carelessly.
#[inline(never)]
pub(in crate::fields) unsafe fn split_planes<W: Word>(
    layout: FieldLayout,
    src: &[u8],
    groups: usize,
    planes: [*mut u8; MAX_PLANES],
) {
    assert!(layout.element_bytes() == W::BYTES && src.len() / (GROUP * W::BYTES) >= groups);
    let top = Top::of(layout);
    let bits = layout.fraction_bits();
    let planes = &planes[..layout.plane_lengths(0).as_slice().len()];
    let (whole, partial) = planes.split_at(layout.byte_planes());
    let partial = fractions::named(bits, partial, core::ptr::null_mut());

    // Raw bits of the top that lie in its lower byte, as those of bf16 do.
    let narrow = top.raw_bits <= 8;
    let raw_mask = u16x8_splat(((1u32 << top.raw_bits) - 1) as u16);
    let mut values: Fractions = [u8x16_splat(0); CHUNKS];
    let mut unused = values;
    for group in 0..groups {
        let first_element = group * GROUP;
        // SAFETY: by the assertion `src` and by contract every plane hold all bytes of `groups` groups: a chunk reads 16
        // elements and writes 16 bytes of the planes below the top and of `first` and `second` (each a group of a plane
        // or a buffer as long).
        unsafe {
            let buffers = [values.as_mut_ptr().cast::<u8>(), unused.as_mut_ptr().cast::<u8>()];
            let [first, second] = if top.has_byte {
                [whole[top.low_planes].add(first_element), buffers[0]]
            } else {
                buffers
            };
            for chunk in 0..CHUNKS {
                let at = first_element + chunk * CHUNK;
                let source = src.as_ptr().add(at * W::BYTES);
                let store_low = |pair: usize, lanes: [v128; 2]| {
                    let [even, odd] = bytes_of(lanes);
                    v128_store(whole[2 * pair].add(at).cast(), even);
                    v128_store(whole[2 * pair + 1].add(at).cast(), odd);
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
