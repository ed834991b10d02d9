//! Fields by vectors of 128 bits, one group of 128 elements at a time, for every layout.
//!
//! Of the element rotated left by one, only the upper 16 bits, its **top**, hold bits of the field (a field has at most
//! 16): below `raw_bits % 16` (or 16) bits of raw. Whatever the width, the top is made or taken apart in 16-bit lanes;
//! all bytes below it are planes of whole bytes.

mod fractions;
mod merge;
mod split;

pub(super) use merge::merge;
pub(super) use split::{split_planes, split_symbols};

use super::FieldLayout;
use core::arch::wasm32::*;

/// Elements that are handled at once: one vector of symbols.
const CHUNK: usize = 16;
/// Chunks of a group.
const CHUNKS: usize = super::GROUP / CHUNK;

/// How the bits below the field lie in the top 16 bits.
#[derive(Clone, Copy)]
struct Top {
    /// Planes of whole bytes below the top.
    low_planes: usize,
    /// Raw bits in the top.
    raw_bits: u32,
    /// Whether the lowest byte of the top is a plane of whole bytes; the fraction then lies above it.
    has_byte: bool,
}

impl Top {
    fn of(layout: FieldLayout) -> Self {
        let low_planes = layout.element_bytes() - 2;
        Self {
            low_planes,
            raw_bits: layout.raw_bits() - 8 * low_planes as u32,
            has_byte: layout.byte_planes() > low_planes,
        }
    }
}

/// Interleaves bytes: those of `low` become the low halves of 16-bit lanes, those of `high` the upper halves.
#[inline(always)]
fn pair_bytes(low: v128, high: v128) -> [v128; 2] {
    [
        u8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(low, high),
        u8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(low, high),
    ]
}

/// The low and the upper halves of 16 lanes of 16 bits.
#[inline(always)]
fn bytes_of(lanes: [v128; 2]) -> [v128; 2] {
    let low = lanes.map(|lane| v128_and(lane, u16x8_splat(0xFF)));
    let high = lanes.map(|lane| u16x8_shr(lane, 8));
    [u8x16_narrow_i16x8(low[0], low[1]), u8x16_narrow_i16x8(high[0], high[1])]
}
