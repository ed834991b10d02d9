//! Which kinds may stand within which.

use super::kind::Kind;

/// The kinds that are allowed at one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nested(u16);

impl Nested {
    /// Everything.
    pub(super) const TOP: Self = Self(0b1111_1111_1111);
    /// In a mixed block: no further mixing and no sparse block but in a narrow one.
    pub(super) const IN_MIXED: Self = Self(0b0_1011_1111);
    /// In a narrow block: kinds 0 to 6.
    pub(super) const IN_NARROW: Self = Self(0b0_0111_1111);
    /// In a sparse block: kinds 0 to 5.
    pub(super) const IN_SPARSE: Self = Self(0b0_0011_1111);
    /// For the scales and zeros of a scaled block: kinds 0 to 5.
    pub(super) const IN_SCALED: Self = Self(0b0_0011_1111);
    /// For the factors of a low-rank block: kinds 0 to 7.
    pub(super) const IN_LOW_RANK: Self = Self(0b0_1111_1111);

    /// Whether `kind` may stand here.
    pub(super) fn allows(self, kind: Kind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }
}
