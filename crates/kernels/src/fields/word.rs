//! Elements as unsigned integers, and which of them have no symbol.

use super::{Exception, FieldError, FieldLayout};
use crate::words;
use alloc::vec::Vec;

/// An element whose bits are cut.
pub(super) trait Word: words::Word {
    fn rotate_left_one(self) -> Self;
    fn rotate_right_one(self) -> Self;
    /// The field: everything from bit `shift` up.
    fn field(self, shift: u32) -> u16;
    /// The byte that starts at bit `shift`.
    fn byte(self, shift: u32) -> u8;
    fn or_bits(self, bits: u16, shift: u32) -> Self;
}

macro_rules! word {
    ($($t:ty),*) => {$(
        impl Word for $t {
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
        }
    )*};
}
word!(u16, u32, u64);

#[inline(always)]
pub(super) fn symbol_of(field: u16, base: u16) -> u16 {
    if field == 0 {
        0
    } else {
        field.wrapping_sub(base).wrapping_add(1)
    }
}

/// Whether no symbol stands for the field. The subtraction wraps, so `wide` alone does not tell.
#[inline(always)]
pub(super) fn is_outside(field: u16, base: u16) -> bool {
    let wide = symbol_of(field, base);
    (field != 0) & ((wide > 255) | (wide == 0) | (field < base))
}

/// Finds the elements of `bytes`, the first of which has index `first`, that have no symbol: these get symbol 1 and an
/// exception each.
pub(super) fn mark_exceptions<W: Word>(
    layout: FieldLayout,
    base: u16,
    bytes: &[u8],
    first: usize,
    symbols: &mut [u8],
    exceptions: &mut Vec<Exception>,
) {
    for (index, (symbol, chunk)) in symbols.iter_mut().zip(bytes.chunks_exact(W::BYTES)).enumerate() {
        let field = W::read(chunk).rotate_left_one().field(layout.raw_bits());
        if is_outside(field, base) {
            *symbol = 1;
            exceptions.push(Exception {
                index: (first + index) as u32,
                field,
            });
        }
    }
}

/// One for all widths: exceptions are few.
pub(super) fn apply_exceptions(
    layout: FieldLayout,
    exceptions: &[Exception],
    dst: &mut [u8],
) -> Result<(), FieldError> {
    let width = layout.element_bytes();
    // Not rotated, the field lies below the sign, and above the raw bits but one.
    let shift = layout.raw_bits() - 1;
    let kept = 1 << (8 * width - 1) | ((1u64 << shift) - 1);
    for exception in exceptions {
        let start = (exception.index as usize)
            .checked_mul(width)
            .ok_or(FieldError::Exception)?;
        let end = start.checked_add(width).ok_or(FieldError::Exception)?;
        let element = dst.get_mut(start..end).ok_or(FieldError::Exception)?;
        if u32::from(exception.field) >> layout.field_bits() != 0 {
            return Err(FieldError::Exception);
        }
        let mut word = [0; 8];
        word[..width].copy_from_slice(element);
        let word = u64::from_le_bytes(word) & kept | u64::from(exception.field) << shift;
        element.copy_from_slice(&word.to_le_bytes()[..width]);
    }
    Ok(())
}
