//! Packing codes into a stream.
//!
//! Bound by instructions: two symbols are one look-up of their joined codes, about four instructions a symbol. The
//! look-up table has a place for every pair but only those of symbols with a code are filled and touched, so the hot
//! part lies in the first-level cache.

use super::canonical_codes;

/// Bits of an entry that hold the length of its code.
const LENGTH_BITS: u32 = 5;
const LENGTH_MASK: u32 = (1 << LENGTH_BITS) - 1;

/// Code and length of every symbol and of every pair of symbols.
pub struct EncodeTable {
    /// The codes of the first symbol (low byte of the index) and the second joined, above their length.
    pairs: Box<[u32; 1 << 16]>,
    singles: [u32; 256],
}

impl Default for EncodeTable {
    fn default() -> Self {
        Self::new()
    }
}

impl EncodeTable {
    /// A table without codes, to be filled by [`EncodeTable::rebuild`].
    pub fn new() -> Self {
        let pairs = vec![0u32; 1 << 16].into_boxed_slice();
        Self {
            pairs: pairs.try_into().expect("the length is the array's"),
            singles: [0; 256],
        }
    }

    /// Fills the table for symbols that have a length. Gives `false`, with the table as it was, unless the lengths are
    /// a complete code within [`MAX_LENGTH`](super::MAX_LENGTH). What is encoded with it must hold no other symbols.
    #[must_use]
    pub fn rebuild(&mut self, lengths: &[u8; 256]) -> bool {
        let Some(codes) = canonical_codes(lengths) else {
            return false;
        };
        self.singles = std::array::from_fn(|s| u32::from(codes[s]) << LENGTH_BITS | u32::from(lengths[s]));
        let first = lengths.iter().position(|&length| length != 0).unwrap_or(0);
        let last = lengths.iter().rposition(|&length| length != 0).unwrap_or(0);
        for second in first..=last {
            let length = lengths[second];
            if length == 0 {
                continue;
            }
            let code = u32::from(codes[second]) << LENGTH_BITS;
            let row = &mut self.pairs[second * 256 + first..=second * 256 + last];
            for (slot, &single) in row.iter_mut().zip(&self.singles[first..=last]) {
                *slot = (code << (single & LENGTH_MASK)) + single + u32::from(length);
            }
        }
        true
    }
}

/// Appends the codes of `src` to `out`, padded with zero bits to a whole byte. For symbols without a code the bits are
/// without meaning.
pub fn encode_stream(table: &EncodeTable, src: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let (chunks, rest) = src.as_chunks::<4>();
    // Every entry is at most 31 bits long by its mask, whatever is in the table.
    let most = chunks.len() * 8 + rest.len() * 4 + 16;
    out.reserve(most);
    let target = out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
    let mut position = 0;
    let mut bits = 0u64;
    let mut filled = 0u32;
    for chunk in chunks {
        let word = u32::from_le_bytes(*chunk);
        let low = table.pairs[(word & 0xFFFF) as usize];
        let high = table.pairs[(word >> 16) as usize];
        // At most 7 + 4 * 12 bits are held, and whole bytes leave at once.
        bits |= u64::from(low >> LENGTH_BITS).wrapping_shl(filled);
        filled += low & LENGTH_MASK;
        bits |= u64::from(high >> LENGTH_BITS).wrapping_shl(filled);
        filled += high & LENGTH_MASK;
        // SAFETY: a chunk moves the position on by at most (7 + 2 * 31) / 8 = 8 bytes, so it stays 8 bytes below
        // `most`, which is reserved.
        unsafe { target.add(position).cast::<u64>().write_unaligned(bits.to_le()) };
        position += (filled >> 3) as usize;
        bits = bits.wrapping_shr(filled & !7);
        filled &= 7;
    }
    for &symbol in rest {
        let entry = table.singles[usize::from(symbol)];
        bits |= u64::from(entry >> LENGTH_BITS).wrapping_shl(filled);
        filled += entry & LENGTH_MASK;
    }
    // SAFETY: as above; the 3 symbols of the rest come after it and the position has not moved for them.
    unsafe { target.add(position).cast::<u64>().write_unaligned(bits.to_le()) };
    position += filled.div_ceil(8).min(8) as usize;
    // SAFETY: all bytes below `position` were written by the stores, each of which begins where whole bytes of the
    // one before end (at most 8 later), and `position` is at most `most`.
    unsafe { out.set_len(start + position) };
}
