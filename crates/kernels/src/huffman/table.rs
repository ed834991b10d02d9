//! Canonical codes and the multi-symbol decode table.

use super::MAX_LENGTH;

/// Fewest bits of a window: with fewer a look-up would yield less, and the table is small enough for the first-level
/// cache.
pub const LEAST_WINDOW: u32 = 11;
/// The most symbols of an entry.
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

/// For every value of the next bits, the **window**, the symbols that they spell. The window is as long as the longest
/// code, but has [`LEAST_WINDOW`] bits at least.
///
/// The tables for windows of 0 bits up to that lie in one array, that of `b` bits at `2^b`: what is left of a window
/// after a code of length L is found by shifting its index, leading one included, right by L. Each table is made from
/// the smaller ones, so building costs one store an entry.
pub struct DecodeTable {
    pub(super) entries: [u64; 2 << MAX_LENGTH],
    pub(super) lengths: [u8; 256],
    /// Bits of the window. Every entry of its table spells at least one symbol; 0 where there is no such table.
    pub(super) window: u32,
}

impl Default for DecodeTable {
    fn default() -> Self {
        Self::new()
    }
}

impl DecodeTable {
    /// A table without a code, to be filled by [`DecodeTable::rebuild`]. It is 64 KiB large: best a static.
    pub const fn new() -> Self {
        Self {
            entries: [0; 2 << MAX_LENGTH],
            lengths: [0; 256],
            window: 0,
        }
    }

    /// Bits of the window: [`LEAST_WINDOW`] to [`MAX_LENGTH`], or 0 where there is no code.
    pub fn window(&self) -> u32 {
        self.window
    }

    /// Fills the table for a code of the given lengths. Gives `false`, and leaves the table unusable until the next
    /// success, when they are not a complete code within [`MAX_LENGTH`].
    #[must_use]
    pub fn rebuild(&mut self, lengths: &[u8; 256]) -> bool {
        let Some(codes) = canonical_codes(lengths) else {
            self.window = 0;
            return false;
        };
        self.lengths = *lengths;
        let mut present = [0u8; 256];
        let (present, shortest) = by_length(lengths, &mut present);
        let longest = present.last().map_or(0, |&symbol| lengths[usize::from(symbol)]);
        let window = u32::from(longest).max(LEAST_WINDOW);
        self.window = window;
        // No window spells more symbols than an entry holds unless there is a code of one bit.
        let capped = (shortest * ENTRY_SYMBOLS < window).then_some(lengths);
        self.entries[..2].fill(0);
        for bits in 1..=window {
            // Windows that no code leaves behind are never asked for.
            if bits != window && bits + shortest > window {
                continue;
            }
            let size = 1usize << bits;
            let (smaller, rest) = self.entries.split_at_mut(size);
            let table = &mut rest[..size];
            if bits < window {
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
                // SAFETY: the last place of the `left` that are written was checked.
                unsafe { fill(first, rest, &mut table[code..], 1 << length, &capped) };
            }
        }
        true
    }
}

/// The symbols that have a code, shortest codes first, and the shortest length.
fn by_length<'a>(lengths: &[u8; 256], present: &'a mut [u8; 256]) -> (&'a [u8], u32) {
    let mut ends = [0usize; MAX_LENGTH as usize + 1];
    for &length in lengths {
        ends[usize::from(length)] += 1;
    }
    let shortest = (1..MAX_LENGTH).find(|&length| ends[length as usize] != 0);
    ends[0] = 0;
    let mut used = 0;
    for end in &mut ends {
        used += core::mem::replace(end, used);
    }
    for (symbol, &length) in lengths.iter().enumerate() {
        if length != 0 {
            let end = &mut ends[usize::from(length)];
            present[*end] = symbol as u8;
            *end += 1;
        }
    }
    (&present[..used], shortest.unwrap_or(MAX_LENGTH))
}

/// Writes `first` (one symbol) followed by each entry of `rest` to every `step`th place of `table`. With `lengths`, of
/// an entry that is full the last symbol falls off.
///
/// # Safety
/// `(rest.len() - 1) * step` must be an index of `table`.
#[inline(always)]
unsafe fn fill(first: u64, rest: &[u64], table: &mut [u64], step: usize, lengths: &Option<&[u8; 256]>) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    if lengths.is_none() {
        // SAFETY: the contract is the same.
        return unsafe { super::simd128::fill(first, rest, table, step) };
    }
    for (index, &then) in rest.iter().enumerate() {
        let then = lengths.map_or(then, |lengths| without_last(then, lengths));
        // SAFETY: by contract, for the last index is the highest.
        unsafe { *table.get_unchecked_mut(index * step) = prepend(first, then) };
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
