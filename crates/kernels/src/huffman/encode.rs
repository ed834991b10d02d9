//! Packing codes into a stream.

use super::{MAX_LENGTH, canonical_codes};

/// Code and length of every symbol.
pub struct EncodeTable {
    /// The code in the low 16 bits, its length above.
    entries: [u32; 256],
}

impl EncodeTable {
    /// The table, or `None` unless the lengths are a complete code within [`MAX_LENGTH`].
    pub fn new(lengths: &[u8; 256]) -> Option<Self> {
        let codes = canonical_codes(lengths)?;
        Some(Self {
            entries: std::array::from_fn(|s| u32::from(codes[s]) | u32::from(lengths[s]) << 16),
        })
    }
}

/// Appends the codes of `src` to `out`, padded with zero bits to a whole byte. Symbols without a code write nothing.
pub fn encode_stream(table: &EncodeTable, src: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let capacity = src.len() * MAX_LENGTH as usize / 8 + 16;
    out.resize(start + capacity, 0);
    let target = &mut out[start..];
    let mut position = 0;
    let mut bits = 0u64;
    let mut filled = 0;
    let (chunks, rest) = src.as_chunks::<4>();
    for chunk in chunks {
        for &symbol in chunk {
            let entry = table.entries[usize::from(symbol)];
            bits |= u64::from(entry & 0xFFFF) << filled;
            filled += entry >> 16;
        }
        // At most 7 + 4 * 12 bits are held, and whole bytes leave at once.
        target[position..position + 8].copy_from_slice(&bits.to_le_bytes());
        position += (filled >> 3) as usize;
        bits >>= filled & !7;
        filled &= 7;
    }
    for &symbol in rest {
        let entry = table.entries[usize::from(symbol)];
        bits |= u64::from(entry & 0xFFFF) << filled;
        filled += entry >> 16;
    }
    target[position..position + 8].copy_from_slice(&bits.to_le_bytes());
    position += filled.div_ceil(8) as usize;
    out.truncate(start + position);
}
