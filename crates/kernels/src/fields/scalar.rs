//! Portable field split and merge, written as short passes over arrays of one group so that compilers vectorise them.

use super::word::{Word, is_outside, mark_exceptions, symbol_of};
use super::{Exception, FieldLayout, GROUP, SymbolBounds};
use alloc::vec::Vec;

/// The symbols of all groups.
pub(super) fn split_symbols<W: Word>(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    exceptions: &mut Vec<Exception>,
) -> SymbolBounds {
    let raw_bits = layout.raw_bits();
    let groups = src.chunks(GROUP * W::BYTES);
    for (index, (bytes, symbols)) in groups.zip(symbols.chunks_mut(GROUP)).enumerate() {
        let mut outside = 0;
        for (symbol, chunk) in symbols.iter_mut().zip(bytes.chunks_exact(W::BYTES)) {
            let field = W::read(chunk).rotate_left_one().field(raw_bits);
            outside |= u16::from(is_outside(field, base));
            *symbol = symbol_of(field, base) as u8;
        }
        if outside != 0 {
            mark_exceptions::<W>(layout, base, bytes, index * GROUP, symbols, exceptions);
        }
    }
    SymbolBounds::of(symbols)
}

/// The planes of all groups.
pub(super) fn split_planes<W: Word>(layout: FieldLayout, src: &[u8], planes: &mut [&mut [u8]]) {
    for (index, bytes) in src.chunks(GROUP * W::BYTES).enumerate() {
        // What a last group lacks is zero.
        let mut words = [W::default(); GROUP];
        for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(W::BYTES)) {
            *word = W::read(chunk).rotate_left_one();
        }
        split_group::<W>(layout, &words, index * GROUP, bytes.len() / W::BYTES, planes);
    }
}

#[inline(always)]
fn split_group<W: Word>(layout: FieldLayout, words: &[W; GROUP], first: usize, count: usize, planes: &mut [&mut [u8]]) {
    let byte_planes = layout.byte_planes();
    let (whole, partial) = planes.split_at_mut(byte_planes);
    for (index, plane) in whole.iter_mut().enumerate() {
        for (byte, word) in plane[first..first + count].iter_mut().zip(words) {
            *byte = word.byte(index as u32 * 8);
        }
    }
    let fraction_bits = layout.fraction_bits();
    if fraction_bits == 0 {
        return;
    }
    let mask = (1u8 << fraction_bits) - 1;
    let mut v = [0u8; GROUP];
    for (fraction, word) in v.iter_mut().zip(words) {
        *fraction = word.byte(byte_planes as u32 * 8) & mask;
    }
    let group = first / GROUP;
    let mut partial = partial.iter_mut();
    if fraction_bits & 4 != 0
        && let Some(plane) = partial.next()
    {
        for (j, byte) in plane[group * 64..group * 64 + 64].iter_mut().enumerate() {
            *byte = (v[j] & 15) | (v[j + 64] << 4);
        }
        v.iter_mut().for_each(|value| *value >>= 4);
    }
    if fraction_bits & 2 != 0
        && let Some(plane) = partial.next()
    {
        for (j, byte) in plane[group * 32..group * 32 + 32].iter_mut().enumerate() {
            *byte = (v[j] & 3) | ((v[j + 32] & 3) << 2) | ((v[j + 64] & 3) << 4) | (v[j + 96] << 6);
        }
        v.iter_mut().for_each(|value| *value >>= 2);
    }
    if fraction_bits & 1 != 0
        && let Some(plane) = partial.next()
    {
        for (j, byte) in plane[group * 16..group * 16 + 16].iter_mut().enumerate() {
            *byte = (0..8).fold(0, |sum, i| sum | ((v[j + 16 * i] & 1) << i));
        }
    }
}

/// Merges the groups from `from_group` on.
pub(super) fn merge<W: Word>(
    layout: FieldLayout,
    base: u16,
    symbols: &[u8],
    planes: &[&[u8]],
    dst: &mut [u8],
    from_group: usize,
) {
    let elements = symbols.len();
    let mut padded = [0u8; GROUP];
    let mut out = [0u8; GROUP * 8];
    for group in from_group..elements.div_ceil(GROUP) {
        let first = group * GROUP;
        let count = GROUP.min(elements - first);
        if count == GROUP {
            let chunk: &[u8; GROUP] = symbols[first..first + GROUP].first_chunk().expect("a whole group");
            let target = &mut dst[first * W::BYTES..(first + GROUP) * W::BYTES];
            merge_group::<W>(layout, base, chunk, first, count, planes, target);
        } else {
            padded[..count].copy_from_slice(&symbols[first..]);
            merge_group::<W>(
                layout,
                base,
                &padded,
                first,
                count,
                planes,
                &mut out[..GROUP * W::BYTES],
            );
            dst[first * W::BYTES..].copy_from_slice(&out[..count * W::BYTES]);
        }
    }
}

#[inline(always)]
fn merge_group<W: Word>(
    layout: FieldLayout,
    base: u16,
    symbols: &[u8; GROUP],
    first: usize,
    count: usize,
    planes: &[&[u8]],
    target: &mut [u8],
) {
    let raw_bits = layout.raw_bits();
    // Symbols that name a field beyond the field's width can only come from a corrupt file: cut them down.
    let field_mask = ((1u32 << layout.field_bits()) - 1) as u16;
    let before_base = base.wrapping_sub(1);
    let mut words = [W::default(); GROUP];
    for (word, &symbol) in words.iter_mut().zip(symbols) {
        let field = if symbol == 0 {
            0
        } else {
            before_base.wrapping_add(u16::from(symbol)) & field_mask
        };
        *word = W::default().or_bits(field, raw_bits);
    }
    let byte_planes = layout.byte_planes();
    let (whole, partial) = planes.split_at(byte_planes);
    for (index, plane) in whole.iter().enumerate() {
        for (word, &byte) in words.iter_mut().zip(&plane[first..first + count]) {
            *word = word.or_bits(u16::from(byte), index as u32 * 8);
        }
    }
    let fraction_bits = layout.fraction_bits();
    if fraction_bits != 0 {
        let v = fractions(fraction_bits, first / GROUP, partial);
        for (word, &fraction) in words.iter_mut().zip(&v) {
            *word = word.or_bits(u16::from(fraction), byte_planes as u32 * 8);
        }
    }
    for (chunk, word) in target.chunks_exact_mut(W::BYTES).zip(&words) {
        word.rotate_right_one().write(chunk);
    }
}

#[inline(always)]
fn fractions(fraction_bits: u32, group: usize, partial: &[&[u8]]) -> [u8; GROUP] {
    let mut v = [0u8; GROUP];
    let mut shift = 0;
    let mut partial = partial.iter();
    if fraction_bits & 4 != 0
        && let Some(plane) = partial.next()
    {
        for (j, &byte) in plane[group * 64..group * 64 + 64].iter().enumerate() {
            v[j] = byte & 15;
            v[j + 64] = byte >> 4;
        }
        shift = 4;
    }
    if fraction_bits & 2 != 0
        && let Some(plane) = partial.next()
    {
        for (j, &byte) in plane[group * 32..group * 32 + 32].iter().enumerate() {
            for i in 0..4 {
                v[j + 32 * i] |= ((byte >> (2 * i)) & 3) << shift;
            }
        }
        shift += 2;
    }
    if fraction_bits & 1 != 0
        && let Some(plane) = partial.next()
    {
        for (j, &byte) in plane[group * 16..group * 16 + 16].iter().enumerate() {
            for i in 0..8 {
                v[j + 16 * i] |= ((byte >> i) & 1) << shift;
            }
        }
    }
    v
}
