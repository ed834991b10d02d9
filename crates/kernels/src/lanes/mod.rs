//! rANS whose symbols choose among tables: up to 32 interleaved states of 32 bits, renormalised 16 bits at a time,
//! probabilities of 12 bits.
//!
//! Two things set it apart from [`crate::rans`], whose format it does not share. A symbol's table may be chosen by a
//! context, or by a context and a trellis that follows the parity of the symbols decoded before. And the lanes cost
//! next to nothing: the first encoded symbols, which a decoder meets last, are coded by lane 0 alone, and the words
//! they give become the lower halves of the other lanes' first states instead of zeros that say nothing.

#[cfg(any(test, feature = "self-test"))]
pub(crate) mod check;
mod decode;
mod encode;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
mod tables;
#[cfg(test)]
mod tests;
mod trellis;

pub use decode::{Coded, Tables, decode};
pub use encode::{Encoded, encode};
pub use tables::{DecodeTables, EncodeTables};
pub use trellis::Trellis;

/// Bits of a probability.
pub const PRECISION: u32 = 12;
/// What the frequencies of a table add up to.
pub const TOTAL: u32 = 1 << PRECISION;
/// Lowest value of a state between symbols.
pub const LOWEST: u32 = 1 << 16;
/// The most interleaved states; also the number of independent paths through a trellis.
pub const MAX_LANES: usize = 32;

/// How many states are interleaved. Symbol `i`, unless it belongs to the tail, is decoded from state `i % count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// For short planes, for which the bytes of the states matter.
    One,
    /// For planes of some kilobytes.
    Eight,
    /// For everything longer.
    ThirtyTwo,
}

impl Lanes {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::One, Self::Eight, Self::ThirtyTwo];

    /// The number of states.
    pub const fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Eight => 8,
            Self::ThirtyTwo => MAX_LANES,
        }
    }
}
