//! The inner loops of the rANS coder: eight interleaved 32-bit states, renormalised 16 bits at a time, probabilities
//! of 12 bits. Symbol `i` belongs to lane `i % 8`.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub use decode::{DecodeTable, decode};
pub use encode::encode;

/// Bits of a probability.
pub const PRECISION: u32 = 12;
/// What the frequencies of a table add up to.
pub const TOTAL: u32 = 1 << PRECISION;
/// Interleaved states.
pub const LANES: usize = 8;
/// Lowest value of a state between symbols; also the encoder's first and the decoder's last.
pub const LOWEST: u32 = 1 << 16;
