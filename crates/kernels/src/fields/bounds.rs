//! Which symbols there are, roughly.

/// The least and the largest of some symbols other than 0, and whether 0 is among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SymbolBounds {
    /// The least symbol other than 0; 255 where there is none.
    pub least: u8,
    /// The largest symbol; 0 where there is no other.
    pub largest: u8,
    /// Whether symbol 0 occurs.
    pub zero: bool,
}

impl SymbolBounds {
    /// Of these symbols.
    pub(super) fn of(symbols: &[u8]) -> Self {
        let (mut before_least, mut largest, mut zero) = (255u8, 0, false);
        for &symbol in symbols {
            // 0 wraps around to the largest.
            before_least = before_least.min(symbol.wrapping_sub(1));
            largest = largest.max(symbol);
            zero |= symbol == 0;
        }
        Self {
            least: before_least.saturating_add(1),
            largest,
            zero,
        }
    }

    /// Of both kinds of symbols together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            least: self.least.min(other.least),
            largest: self.largest.max(other.largest),
            zero: self.zero | other.zero,
        }
    }
}
