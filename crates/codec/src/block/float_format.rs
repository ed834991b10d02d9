//! The float types that a float block may hold.

use super::Layout;
use tensorpress_kernels::fields::FieldLayout;

/// The most mantissa bits that a float block may count to the field.
pub(super) const MAX_EXTRA: u32 = 6;

/// Width and exponent of a float type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FloatFormat {
    /// Bytes of an element.
    pub width: usize,
    /// Bits of its exponent.
    pub exponent: u32,
}

impl FloatFormat {
    /// Only the types that FORMAT.md names.
    pub(super) fn new(width: usize, exponent: u32) -> Option<Self> {
        matches!((width, exponent), (2, 5 | 8) | (4, 8) | (8, 11)).then_some(Self { width, exponent })
    }

    /// The float type of a layout, if it is one.
    pub(super) fn of(layout: Layout) -> Option<Self> {
        Self::new(layout.width(), layout.exponent_bits()?)
    }

    /// The cut that gives the field `extra` mantissa bits.
    pub(super) fn fields(self, extra: u32) -> Option<FieldLayout> {
        let bits = self.exponent + extra;
        if extra > MAX_EXTRA {
            None
        } else {
            FieldLayout::new(self.width, bits)
        }
    }
}
