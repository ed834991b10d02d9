//! A coded byte plane: the cheapest of raw, constant, Huffman and rANS, chosen by cost.

mod choose;
#[cfg(test)]
mod tests;

use crate::error::corrupt;
use crate::reader::{Reader, write_varint};
use crate::{CodingError, ans, huffman};
use alloc::vec::Vec;
use choose::{Choice, choose};
use tensorpress_kernels::bytes::append;
use tensorpress_kernels::histogram::histogram;
use tensorpress_kernels::huffman::MAX_LENGTH;

/// How much time an encoder may spend to save bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// Huffman, with rANS only below one bit a symbol.
    Fast,
    /// rANS also where Huffman loses more than 1%.
    #[default]
    Default,
    /// rANS also where Huffman loses more than 0.1%.
    Max,
}

impl Effort {
    /// What coding must save of a plane, in parts of ten thousand; planes that save less are stored raw, which decodes
    /// faster.
    const fn min_gain(self) -> u64 {
        match self {
            Effort::Fast => 200,
            Effort::Default => 150,
            Effort::Max => 10,
        }
    }

    /// What Huffman coding may lose to the entropy, in parts of ten thousand of all bits, before rANS is tried.
    const fn huffman_loss(self) -> Option<u64> {
        match self {
            Effort::Fast => None,
            Effort::Default => Some(100),
            Effort::Max => Some(10),
        }
    }

    /// Longest code for that many different symbols. The decoder's table has an entry for each value of as many bits:
    /// with few symbols, one bit less costs less than a thousandth of the size, and halves the table.
    const fn longest_code(self, symbols: usize) -> u32 {
        match self {
            Effort::Fast | Effort::Default if symbols <= FEW_SYMBOLS => MAX_LENGTH - 1,
            _ => MAX_LENGTH,
        }
    }
}

/// Up to here shorter codes cost next to nothing.
const FEW_SYMBOLS: usize = 96;

/// The kind of a plane that is stored as it is: this byte, then its bytes.
pub const RAW: u8 = 0;
const CONSTANT: u8 = 1;
const HUFFMAN: u8 = 2;
/// Not written any more.
const RANS: u8 = 3;
const LANES: u8 = 4;
/// Kind and length of a Huffman plane.
const PREFIX: usize = 5;

/// Appends `src` as a coded plane to `out`. Never more than one byte longer than `src`.
pub fn encode_plane(src: &[u8], effort: Effort, out: &mut Vec<u8>) {
    encode_plane_counted(src, &histogram(src), 0, effort, out);
}

/// [`encode_plane`] for a caller who already has the counts of `src`. Estimates will do, as long as every symbol that
/// occurs has a count; only where it alone has one, it must be the only one.
///
/// `beside` is the number of bits of the same elements that are stored another way: what a coder loses is weighed
/// against the whole.
pub fn encode_plane_counted(src: &[u8], counts: &[u32; 256], beside: u64, effort: Effort, out: &mut Vec<u8>) {
    let start = out.len();
    match choose(counts, src.len(), beside, effort) {
        Choice::Raw => {}
        Choice::Constant(byte) => return out.extend([CONSTANT, byte]),
        Choice::Huffman(lengths) => {
            out.extend([HUFFMAN, 0, 0, 0, 0]);
            if huffman::encode::encode(src, &lengths, out) && finish(src.len(), start, out) {
                return;
            }
        }
        Choice::Rans(frequencies, cost) => {
            let mut payload = Vec::new();
            if ans::encode::encode(src, &frequencies, cost, &mut payload)
                && let Ok(length) = u32::try_from(payload.len())
            {
                out.push(LANES);
                write_varint(length, out);
                out.append(&mut payload);
                if out.len() - start <= src.len() {
                    return;
                }
            }
        }
    }
    out.truncate(start);
    out.push(RAW);
    append(src, out);
}

/// Writes the payload's length into the prefix. Gives `false` if it is not worth it after all.
fn finish(raw: usize, start: usize, out: &mut [u8]) -> bool {
    let payload = out.len() - start - PREFIX;
    let Ok(length) = u32::try_from(payload) else {
        return false;
    };
    out[start + 1..start + PREFIX].copy_from_slice(&length.to_le_bytes());
    payload + PREFIX <= raw
}

/// Decodes the coded plane at the beginning of `input` into the whole of `dst`; gives the number of bytes it took.
pub fn decode_plane(input: &[u8], dst: &mut [u8]) -> Result<usize, CodingError> {
    let mut reader = Reader::new(input);
    match reader.byte()? {
        RAW => dst.copy_from_slice(reader.take(dst.len())?),
        CONSTANT => dst.fill(reader.byte()?),
        HUFFMAN => {
            let length = reader.length()?;
            huffman::decode::decode(reader.take(length)?, dst)?;
        }
        RANS => {
            let length = reader.length()?;
            ans::decode::decode_eight(reader.take(length)?, dst)?;
        }
        LANES => {
            let length = reader.varint()? as usize;
            ans::decode::decode(reader.take(length)?, dst)?;
        }
        _ => return Err(corrupt("a coded plane has an unknown kind")),
    }
    Ok(reader.position())
}

/// The plane's bytes within `input` and the bytes it took, when it is stored raw: a caller may then read them where
/// they are.
pub fn raw_plane(input: &[u8], length: usize) -> Option<(&[u8], usize)> {
    match input.split_first() {
        Some((&RAW, rest)) => rest.get(..length).map(|bytes| (bytes, length + 1)),
        _ => None,
    }
}
