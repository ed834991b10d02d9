//! Canonical codes and the multi-symbol decode table.

use super::MAX_LENGTH;

/// Entries of the table's top level.
pub(super) const WINDOW: usize = 1 << MAX_LENGTH;
/// Most symbols of an entry.
pub(super) const ENTRY_SYMBOLS: u32 = 6;
/// First bit of an entry's code length sum; the symbols lie below it, first one lowest.
pub(super) const LENGTH_SHIFT: u32 = 48;
/// First bit of an entry's symbol count.
pub(super) const COUNT_SHIFT: u32 = 56;
const ONE: u64 = 1 << COUNT_SHIFT;

/// The canonical codes of the given lengths (0: symbol does not occur), first bit lowest, or `None` unless the
/// lengths are within [`MAX_LENGTH`] and fill the code space exactly.
pub fn canonical_codes(lengths: &[u8; 256]) -> Option<[u16; 256]> {
    let mut counts = [0u32; MAX_LENGTH as usize + 1];
    for &length in lengths {
        *counts.get_mut(usize::from(length))? += 1;
    }
    let mut next = [0u32; MAX_LENGTH as usize + 1];
    let mut code = 0;
    for length in 1..=MAX_LENGTH as usize {
        next[length] = code;
        code = (code + counts[length]) << 1;
    }
    // `code` has been shifted once too often.
    if code != 2 << MAX_LENGTH {
        return None;
    }
    let mut codes = [0u16; 256];
    for (symbol, &length) in lengths.iter().enumerate() {
        if length != 0 {
            let slot = &mut next[usize::from(length)];
            codes[symbol] = (*slot as u16).reverse_bits() >> (16 - u32::from(length));
            *slot += 1;
        }
    }
    Some(codes)
}

/// For every value of the next [`MAX_LENGTH`] bits, the symbols that they spell.
///
/// The tables for windows of 0 to 12 bits lie in one array, that of `b` bits at `2^b`: what is left of a window after
/// a code of length L is found by shifting its index, leading one included, right by L. Each table is made from the
/// smaller ones, so building costs one store an entry.
pub struct DecodeTable {
    pub(super) entries: Box<[u64; 2 * WINDOW]>,
    pub(super) lengths: [u8; 256],
}

impl Default for DecodeTable {
    fn default() -> Self {
        Self::new()
    }
}

impl DecodeTable {
    /// A table without a code, to be filled by [`DecodeTable::rebuild`].
    pub fn new() -> Self {
        // Every entry spells at least one symbol, so that the decoder moves on with any table.
        let entries = vec![ONE | 1 << LENGTH_SHIFT; 2 * WINDOW].into_boxed_slice();
        Self {
            entries: entries.try_into().expect("the length is the array's"),
            lengths: [0; 256],
        }
    }

    /// Fills the table for a code of the given lengths. Gives `false`, and leaves the table unusable until the next
    /// success, when they are not a complete code within [`MAX_LENGTH`].
    #[must_use]
    pub fn rebuild(&mut self, lengths: &[u8; 256]) -> bool {
        let Some(codes) = canonical_codes(lengths) else {
            self.lengths = [0; 256];
            self.entries.fill(ONE | 1 << LENGTH_SHIFT);
            return false;
        };
        self.lengths = *lengths;
        let mut present = [0u8; 256];
        let mut used = 0;
        for (symbol, &length) in lengths.iter().enumerate() {
            if length != 0 {
                present[used] = symbol as u8;
                used += 1;
            }
        }
        let present = &mut present[..used];
        present.sort_unstable_by_key(|&symbol| lengths[usize::from(symbol)]);
        let shortest = present
            .first()
            .map_or(MAX_LENGTH, |&symbol| u32::from(lengths[usize::from(symbol)]));
        self.entries[..2].fill(0);
        for bits in 1..=MAX_LENGTH {
            // Windows that no code leaves behind are never asked for.
            if bits != MAX_LENGTH && bits + shortest > MAX_LENGTH {
                continue;
            }
            let size = 1usize << bits;
            let (smaller, rest) = self.entries.split_at_mut(size);
            let table = &mut rest[..size];
            if bits < MAX_LENGTH {
                table.fill(0);
            }
            for &symbol in present.iter() {
                let length = u32::from(lengths[usize::from(symbol)]);
                if length > bits {
                    break;
                }
                let left = 1usize << (bits - length);
                let first = ONE | u64::from(length) << LENGTH_SHIFT | u64::from(symbol);
                let code = usize::from(codes[usize::from(symbol)]);
                let rest = &smaller[left..2 * left];
                assert!(code + ((left - 1) << length) < table.len());
                let mut at = code;
                // No window spells more symbols than an entry holds unless there is a code of one bit.
                let fits = shortest * ENTRY_SYMBOLS >= MAX_LENGTH;
                for &then in rest {
                    let then = if fits { then } else { without_last(then, lengths) };
                    // SAFETY: `at` rises by `1 << length` for each of the `left` entries; its last value was checked.
                    unsafe { *table.get_unchecked_mut(at) = prepend(first, then) };
                    at += 1 << length;
                }
            }
        }
        true
    }
}

const SYMBOLS: u64 = (1 << LENGTH_SHIFT) - 1;

/// `first` (one symbol) followed by the symbols of `then`, which is not full.
#[inline(always)]
fn prepend(first: u64, then: u64) -> u64 {
    first + (then & !SYMBOLS) + ((then & SYMBOLS) << 8)
}

/// An entry without its last symbol if it is full.
#[inline(always)]
fn without_last(entry: u64, lengths: &[u8; 256]) -> u64 {
    if entry >> COUNT_SHIFT != u64::from(ENTRY_SYMBOLS) {
        return entry;
    }
    let last = (entry >> (LENGTH_SHIFT - 8)) as u8;
    (entry - ONE - (u64::from(lengths[usize::from(last)]) << LENGTH_SHIFT)) & !(0xFF << (LENGTH_SHIFT - 8))
}
