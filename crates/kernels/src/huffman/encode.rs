//! Packing codes into a stream.
//!
//! Bound by instructions, some 55 for eight symbols: two are one look-up of their joined codes, and eight are one store
//! where their codes are no longer than usual. The look-up table has a place for every pair but only those of symbols
//! with a code are filled and touched, so the hot part lies in the first-level cache.

use super::canonical_codes;
use alloc::vec::Vec;

/// Bits of an entry that hold the length of its code, at the bottom: where a shift takes its amount from.
pub(super) const LENGTH_MASK: u64 = 63;
/// Lowest bits that hold a sum of lengths: of four pairs, none longer than 24 bits.
const LENGTHS_MASK: u64 = 127;
/// The most bits that are pushed at once, the open ones counted: below them, an entry's length must not reach in.
const MOST_PUSHED: u64 = 58;
/// Symbols of a round: engines look at the stack's limit in every one, and keep much of the state in memory in between.
const ROUND: usize = 32;

/// Code and length of every symbol and of every pair of symbols. A code stands at the top of its entry, its first bit
/// lowest.
pub(super) struct EncodeTable {
    /// The codes of the first symbol (low byte of the index) and the second joined.
    pairs: [u64; 1 << 16],
    singles: [u64; 256],
}

impl EncodeTable {
    /// A table without codes, to be filled by [`EncodeTable::rebuild`].
    pub(super) const fn new() -> Self {
        Self {
            pairs: [0; 1 << 16],
            singles: [0; 256],
        }
    }

    /// Fills the table for symbols that have a length. Gives `false`, with the table as it was, unless the lengths are
    /// a complete code within [`MAX_LENGTH`](super::MAX_LENGTH). What is encoded with it must hold no other symbols.
    #[must_use]
    pub(super) fn rebuild(&mut self, lengths: &[u8; 256]) -> bool {
        let Some(codes) = canonical_codes(lengths) else {
            return false;
        };
        self.singles = core::array::from_fn(|symbol| match u64::from(lengths[symbol]) {
            0 => 0,
            length => u64::from(codes[symbol]) << (64 - length) | length,
        });
        let first = lengths.iter().position(|&length| length != 0).unwrap_or(0);
        let last = lengths.iter().rposition(|&length| length != 0).unwrap_or(0);
        let firsts = &self.singles[first..=last];
        for second in first..=last {
            let entry = self.singles[second];
            if entry == 0 {
                continue;
            }
            let row = &mut self.pairs[second * 256 + first..=second * 256 + last];
            join(firsts, entry, row);
        }
        true
    }

    /// The entries of eight symbols, two by two.
    #[inline(always)]
    fn four_pairs(&self, symbols: [u8; 8]) -> [u64; 4] {
        let word = u64::from_le_bytes(symbols);
        [0, 16, 32, 48].map(|shift| self.pairs[(word >> shift) as usize & 0xFFFF])
    }
}

/// Fills `row` with the entries of pairs: each of `firsts`, followed by `second`.
#[inline(always)]
fn join(firsts: &[u64], second: u64, row: &mut [u64]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let (firsts, row) = super::simd128::join(firsts, second, row);
    let length = second & LENGTH_MASK;
    for (slot, &first) in row.iter_mut().zip(firsts) {
        *slot = ((first & !LENGTH_MASK) >> length) + (first & LENGTH_MASK) + second;
    }
}

/// The end of a stream: its last bits at the top, the oldest lowest, and how many bits there are.
struct Tail {
    bits: u64,
    length: usize,
}

impl Tail {
    /// Bits that do not fill a byte yet.
    #[inline(always)]
    fn open(&self) -> u64 {
        self.length as u64 & 7
    }

    /// Appends the codes at the top of `bits`, which are `length` long and with the open ones at most
    /// [`MOST_PUSHED`], to the stream that begins at `stream`.
    ///
    /// # Safety
    /// 8 bytes must be writable behind the whole ones of the stream.
    #[inline(always)]
    unsafe fn push(&mut self, bits: u64, length: u64, stream: *mut u8) {
        self.bits = self.bits.wrapping_shr(length as u32) | bits;
        // Where this is 64 no bit is open nor new, and what is written is the stream's end or comes next.
        let above = (self.open() + length).wrapping_neg();
        let word = self.bits.wrapping_shr(above as u32);
        // SAFETY: by contract.
        unsafe { stream.add(self.length >> 3).cast::<u64>().write_unaligned(word.to_le()) };
        self.length += length as usize;
    }
}

/// The codes of two entries, one behind the other at the top, and the sum of their lengths in the lowest bits. The
/// lengths within the entries stay in the lowest six bits of the joined codes, where nothing is pushed.
#[inline(always)]
fn join_two(first: u64, second: u64) -> (u64, u64) {
    (first.wrapping_shr(second as u32) | second, first.wrapping_add(second))
}

/// Appends the codes of eight symbols, at most 12 bytes.
///
/// # Safety
/// 20 bytes must be writable behind the whole ones of the stream that begins at `stream`.
#[inline(always)]
unsafe fn push_eight(table: &EncodeTable, symbols: [u8; 8], tail: &mut Tail, stream: *mut u8) {
    let [a, b, c, d] = table.four_pairs(symbols);
    // Joined two by two, so that the tail is touched once for eight symbols.
    let (front, front_length) = join_two(a, b);
    let (back, back_length) = join_two(c, d);
    let length = front_length.wrapping_add(back_length) & LENGTHS_MASK;
    // SAFETY: no code is longer than 12 bits, so that four are at most 6 bytes, and by contract there are 8 more.
    unsafe {
        if tail.open() + length <= MOST_PUSHED {
            tail.push(front.wrapping_shr(back_length as u32) | back, length, stream);
        } else {
            tail.push(front, front_length & LENGTHS_MASK, stream);
            tail.push(back, back_length & LENGTHS_MASK, stream);
        }
    }
}

/// Appends the codes of `src` to `out`, padded with zero bits to a whole byte. For symbols without a code the bits are
/// without meaning.
#[inline(always)]
pub(super) fn encode_stream(table: &EncodeTable, src: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let most = src.len() * 2 + 20;
    out.reserve(most);
    let stream = out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
    let mut tail = Tail { bits: 0, length: 0 };
    let (rounds, rest) = src.as_chunks::<ROUND>();
    let (eights, last) = rest.as_chunks::<8>();
    for round in rounds {
        for eight in round.as_chunks::<8>().0 {
            // SAFETY: eight symbols move the end by at most 12 bytes, so that 20 are left of `most` here.
            unsafe { push_eight(table, *eight, &mut tail, stream) };
        }
    }
    for eight in eights {
        // SAFETY: as above.
        unsafe { push_eight(table, *eight, &mut tail, stream) };
    }
    for &symbol in last {
        let entry = table.singles[usize::from(symbol)];
        // SAFETY: as above; a code is at most 12 bits long.
        unsafe { tail.push(entry, entry & LENGTH_MASK, stream) };
    }
    // SAFETY: every push began at the last whole byte and wrote 8 bytes, of which the last, partly filled one was
    // written with zeros above; the end is at most `most`.
    unsafe { out.set_len(start + tail.length.div_ceil(8)) };
}
