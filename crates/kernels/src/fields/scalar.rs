//! Portable field split and merge, written as short passes over arrays of one group so that compilers vectorise them.

use super::{Exception, FieldError, FieldLayout, GROUP};

/// An element as an unsigned integer.
pub(super) trait Word: Copy + Default {
    const BYTES: usize;
    fn read(bytes: &[u8]) -> Self;
    fn write(self, bytes: &mut [u8]);
    fn rotate_left_one(self) -> Self;
    fn rotate_right_one(self) -> Self;
    /// The field: everything from bit `shift` up.
    fn field(self, shift: u32) -> u16;
    /// The byte that starts at bit `shift`.
    fn byte(self, shift: u32) -> u8;
    fn or_bits(self, bits: u16, shift: u32) -> Self;
    fn without_field(self, shift: u32) -> Self;
}

macro_rules! word {
    ($($t:ty),*) => {$(
        impl Word for $t {
            const BYTES: usize = size_of::<$t>();
            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$t>()];
                array.copy_from_slice(bytes);
                <$t>::from_le_bytes(array)
            }
            #[inline(always)]
            fn write(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }
            #[inline(always)]
            fn rotate_left_one(self) -> Self {
                self.rotate_left(1)
            }
            #[inline(always)]
            fn rotate_right_one(self) -> Self {
                self.rotate_right(1)
            }
            #[inline(always)]
            fn field(self, shift: u32) -> u16 {
                (self >> shift) as u16
            }
            #[inline(always)]
            fn byte(self, shift: u32) -> u8 {
                (self >> shift) as u8
            }
            #[inline(always)]
            fn or_bits(self, bits: u16, shift: u32) -> Self {
                self | ((bits as $t) << shift)
            }
            #[inline(always)]
            fn without_field(self, shift: u32) -> Self {
                self & (((1 as $t) << shift) - 1)
            }
        }
    )*};
}
word!(u16, u32, u64);

#[inline(always)]
fn symbol_of(field: u16, base: u16) -> u16 {
    if field == 0 {
        0
    } else {
        field.wrapping_sub(base).wrapping_add(1)
    }
}

/// Whether no symbol stands for the field. The subtraction wraps, so `wide` alone does not tell.
#[inline(always)]
fn is_outside(field: u16, base: u16) -> bool {
    let wide = symbol_of(field, base);
    (field != 0) & ((wide > 255) | (wide == 0) | (field < base))
}

pub(super) fn split<W: Word>(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    planes: &mut [&mut [u8]],
    exceptions: &mut Vec<Exception>,
) {
    let elements = symbols.len();
    let mut padded = [0u8; GROUP * 8];
    let mut group_symbols = [0u8; GROUP];
    for group in 0..elements.div_ceil(GROUP) {
        let first = group * GROUP;
        let count = GROUP.min(elements - first);
        let bytes = &src[first * W::BYTES..(first + count) * W::BYTES];
        if count == GROUP {
            split_group::<W>(
                layout,
                base,
                bytes,
                first,
                count,
                &mut group_symbols,
                planes,
                exceptions,
            );
        } else {
            padded[bytes.len()..].fill(0);
            padded[..bytes.len()].copy_from_slice(bytes);
            let whole = &padded[..GROUP * W::BYTES];
            split_group::<W>(
                layout,
                base,
                whole,
                first,
                count,
                &mut group_symbols,
                planes,
                exceptions,
            );
        }
        symbols[first..first + count].copy_from_slice(&group_symbols[..count]);
    }
}

#[allow(clippy::too_many_arguments)]
#[inline(always)]
fn split_group<W: Word>(
    layout: FieldLayout,
    base: u16,
    bytes: &[u8],
    first: usize,
    count: usize,
    symbols: &mut [u8; GROUP],
    planes: &mut [&mut [u8]],
    exceptions: &mut Vec<Exception>,
) {
    let raw_bits = layout.raw_bits();
    let mut words = [W::default(); GROUP];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(W::BYTES)) {
        *word = W::read(chunk).rotate_left_one();
    }
    let mut outside = 0;
    for (symbol, word) in symbols.iter_mut().zip(&words) {
        let field = word.field(raw_bits);
        outside |= u16::from(is_outside(field, base));
        *symbol = symbol_of(field, base) as u8;
    }
    if outside != 0 {
        for (index, (symbol, word)) in symbols.iter_mut().zip(&words).enumerate().take(count) {
            let field = word.field(raw_bits);
            if is_outside(field, base) {
                *symbol = 1;
                exceptions.push(Exception {
                    index: (first + index) as u32,
                    field,
                });
            }
        }
    }
    let byte_planes = layout.byte_planes();
    let (whole, partial) = planes.split_at_mut(byte_planes);
    for (index, plane) in whole.iter_mut().enumerate() {
        for (byte, word) in plane[first..first + count].iter_mut().zip(&words) {
            *byte = word.byte(index as u32 * 8);
        }
    }
    let fraction_bits = layout.fraction_bits();
    if fraction_bits == 0 {
        return;
    }
    let mask = (1u8 << fraction_bits) - 1;
    let mut v = [0u8; GROUP];
    for (fraction, word) in v.iter_mut().zip(&words) {
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

pub(super) fn merge<W: Word>(layout: FieldLayout, base: u16, symbols: &[u8], planes: &[&[u8]], dst: &mut [u8]) {
    let elements = symbols.len();
    let mut padded = [0u8; GROUP];
    let mut out = [0u8; GROUP * 8];
    for group in 0..elements.div_ceil(GROUP) {
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

pub(super) fn apply_exceptions<W: Word>(
    layout: FieldLayout,
    exceptions: &[Exception],
    dst: &mut [u8],
) -> Result<(), FieldError> {
    let raw_bits = layout.raw_bits();
    for exception in exceptions {
        let start = (exception.index as usize)
            .checked_mul(W::BYTES)
            .ok_or(FieldError::Exception)?;
        let end = start.checked_add(W::BYTES).ok_or(FieldError::Exception)?;
        let bytes = dst.get_mut(start..end).ok_or(FieldError::Exception)?;
        if u32::from(exception.field) >> layout.field_bits() != 0 {
            return Err(FieldError::Exception);
        }
        let word = W::read(bytes).rotate_left_one().without_field(raw_bits);
        word.or_bits(exception.field, raw_bits).rotate_right_one().write(bytes);
    }
    Ok(())
}

pub(super) fn field_histogram<W: Word>(layout: FieldLayout, src: &[u8]) -> Vec<u32> {
    let size = 1usize << layout.field_bits();
    let raw_bits = layout.raw_bits();
    // Two tables, so that equal neighbours do not wait for each other's store.
    let mut counts = vec![0u32; size * 2];
    let (even, odd) = counts.split_at_mut(size);
    let mut pairs = src.chunks_exact(W::BYTES * 2);
    for pair in &mut pairs {
        let (left, right) = pair.split_at(W::BYTES);
        even[usize::from(W::read(left).rotate_left_one().field(raw_bits))] += 1;
        odd[usize::from(W::read(right).rotate_left_one().field(raw_bits))] += 1;
    }
    for element in pairs.remainder().chunks_exact(W::BYTES) {
        even[usize::from(W::read(element).rotate_left_one().field(raw_bits))] += 1;
    }
    for (left, right) in even.iter_mut().zip(odd.iter()) {
        *left += right;
    }
    counts.truncate(size);
    counts
}
