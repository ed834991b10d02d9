//! Packing codes into a stream.
//!
//! Bound by instructions: two symbols are one look-up of their joined codes, and eight are one store where their codes
//! are no longer than usual. The look-up table has a place for every pair but only those of symbols with a code are
//! filled and touched, so the hot part lies in the first-level cache.

use super::canonical_codes;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Bits of an entry that hold the length of its code, at the bottom: where a shift takes its amount from.
pub(super) const LENGTH_MASK: u64 = 63;
/// Most bits that wait at the top: below them, an entry's length must not reach in.
const MOST_WAITING: u64 = 58;

/// Code and length of every symbol and of every pair of symbols. A code stands at the top of its entry, its first bit
/// lowest.
pub struct EncodeTable {
    /// The codes of the first symbol (low byte of the index) and the second joined.
    pairs: Box<[u64; 1 << 16]>,
    singles: [u64; 256],
}

impl Default for EncodeTable {
    fn default() -> Self {
        Self::new()
    }
}

impl EncodeTable {
    /// A table without codes, to be filled by [`EncodeTable::rebuild`].
    pub fn new() -> Self {
        let pairs = vec![0u64; 1 << 16].into_boxed_slice();
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

    /// The entries of four symbols, two by two.
    #[inline(always)]
    fn two_pairs(&self, word: u32) -> [u64; 2] {
        [word & 0xFFFF, word >> 16].map(|pair| self.pairs[pair as usize])
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

/// Bits on their way into a stream: those that wait for a whole byte stand at the top, oldest lowest, and below them
/// what has left already.
struct Waiting {
    bits: u64,
    /// How many wait.
    filled: u64,
}

impl Waiting {
    /// Takes in the codes at the top of `bits`, whose lengths add up to `length` in the lowest bits (what is above them
    /// does not count); together with the waiting bits they are at most [`MOST_WAITING`] long.
    #[inline(always)]
    fn push(&mut self, bits: u64, length: u64) {
        self.bits = self.bits.wrapping_shr(length as u32) | bits;
        self.filled = self.filled.wrapping_add(length) & LENGTH_MASK;
    }

    /// Writes all that wait to `target` and gives the number of whole bytes, at most 7, which then wait no more.
    ///
    /// # Safety
    /// 8 bytes must be writable at `target`.
    #[inline(always)]
    unsafe fn flush(&mut self, target: *mut u8) -> usize {
        // Where no bit waits all of the word is written: it is what left already or comes next.
        let word = self.bits.wrapping_shr(self.filled.wrapping_neg() as u32);
        // SAFETY: by contract.
        unsafe { target.cast::<u64>().write_unaligned(word.to_le()) };
        let bytes = (self.filled >> 3) as usize;
        self.filled &= 7;
        bytes
    }
}

/// The codes of two entries, one behind the other at the top, and the sum of their lengths in the lowest bits. The
/// lengths within the entries stay in the lowest six bits of the joined codes, where nothing waits.
#[inline(always)]
fn join_two(first: u64, second: u64) -> (u64, u64) {
    (first.wrapping_shr(second as u32) | second, first.wrapping_add(second))
}

/// Appends the codes of `src` to `out`, padded with zero bits to a whole byte. For symbols without a code the bits are
/// without meaning.
pub fn encode_stream(table: &EncodeTable, src: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let (chunks, rest) = src.as_chunks::<8>();
    let most = chunks.len() * 16 + rest.len() * 8 + 16;
    out.reserve(most);
    let target = out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
    let mut position = 0;
    let mut waiting = Waiting { bits: 0, filled: 0 };
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk);
        let ([a, b], [c, d]) = (table.two_pairs(word as u32), table.two_pairs((word >> 32) as u32));
        // Joined two by two, so that what waits is touched once for eight symbols: that chain bounds the loop.
        let (front, front_length) = join_two(a, b);
        let (back, back_length) = join_two(c, d);
        let length = front_length.wrapping_add(back_length);
        // Lengths are at most 24 bits, so their sum does not reach into the codes above.
        if waiting.filled + (length & 127) <= MOST_WAITING {
            waiting.push(front.wrapping_shr(back_length as u32) | back, length);
        } else {
            waiting.push(front, front_length);
            // SAFETY: as below.
            position += unsafe { waiting.flush(target.add(position)) };
            waiting.push(back, back_length);
        }
        // SAFETY: a flush moves the position on by at most 7 bytes, whatever the table holds, and there are at most two
        // for each chunk, so it stays 8 bytes below `most`, which is reserved.
        position += unsafe { waiting.flush(target.add(position)) };
    }
    for &symbol in rest {
        let entry = table.singles[usize::from(symbol)];
        waiting.push(entry, entry);
        // SAFETY: as above.
        position += unsafe { waiting.flush(target.add(position)) };
    }
    // SAFETY: every flush began where the whole bytes of the one before ended and wrote 8 bytes, of which the last,
    // partly filled one was written with zeros above; `position` is at most `most`.
    unsafe { out.set_len(start + position + usize::from(waiting.filled != 0)) };
}
