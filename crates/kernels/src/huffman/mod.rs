//! The inner loops of the Huffman coder: packing codes and the multi-symbol look-up decoder.
//!
//! Bits are filled from the lowest bit of each byte up. Codes are at most [`MAX_LENGTH`] bits, canonical (shorter
//! first, then by symbol) and written with their first bit lowest.

mod decode;
mod encode;
mod shared;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
mod table;
#[cfg(test)]
mod tests;

use decode::decode4;
#[cfg(any(test, feature = "self-test"))]
pub(crate) use decode::decode4_any;
pub use shared::{DecodeError, decode, encode_stream, set_codes};
pub use table::{DecodeTable, LEAST_WINDOW, canonical_codes};

/// Longest code in bits.
pub const MAX_LENGTH: u32 = 12;
/// Streams of a coded plane.
pub const STREAMS: usize = 4;
