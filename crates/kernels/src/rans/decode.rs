//! Decoding: one symbol after another, for this format is not written any more.

use super::{LANES, LOWEST, PRECISION, TOTAL};
use alloc::boxed::Box;

const MASK: u32 = TOTAL - 1;
/// For every slot: the symbol in the low 8 bits, its frequency in 12, the slot's place within it in the top 12.
pub struct DecodeTable {
    entries: Box<[u32; TOTAL as usize]>,
}

impl Default for DecodeTable {
    fn default() -> Self {
        Self::new()
    }
}

impl DecodeTable {
    /// A table to be filled by [`DecodeTable::rebuild`].
    pub fn new() -> Self {
        let entries = vec![0u32; TOTAL as usize].into_boxed_slice();
        Self {
            entries: entries.try_into().expect("the length is the array's"),
        }
    }

    /// Fills the table. Gives `false`, and leaves it without meaning, unless the frequencies are each below
    /// [`TOTAL`] and add up to it.
    #[must_use]
    pub fn rebuild(&mut self, frequencies: &[u16; 256]) -> bool {
        let sum: u32 = frequencies.iter().map(|&frequency| u32::from(frequency)).sum();
        if sum != TOTAL || frequencies.iter().any(|&frequency| u32::from(frequency) >= TOTAL) {
            return false;
        }
        let mut rest = &mut self.entries[..];
        for (symbol, &frequency) in frequencies.iter().enumerate() {
            let (slots, then) = rest.split_at_mut(usize::from(frequency));
            for (place, slot) in slots.iter_mut().enumerate() {
                *slot = symbol as u32 | u32::from(frequency) << 8 | (place as u32) << 20;
            }
            rest = then;
        }
        true
    }
}

/// Decodes `input` (eight states of four bytes, then 16-bit words) into the whole of `dst`. Gives `false`, with
/// garbage in `dst`, unless the input is used up exactly and every state ends at [`LOWEST`].
#[must_use]
pub fn decode(table: &DecodeTable, input: &[u8], dst: &mut [u8]) -> bool {
    let Some((head, words)) = input.split_at_checked(4 * LANES) else {
        return false;
    };
    let mut states = [0u32; LANES];
    for (state, bytes) in states.iter_mut().zip(head.as_chunks::<4>().0) {
        *state = u32::from_le_bytes(*bytes);
        if *state < LOWEST {
            return false;
        }
    }
    let mut at = 0;
    for (place, slot) in dst.iter_mut().enumerate() {
        let word = words
            .get(at..at + 2)
            .map_or(0, |word| u16::from_le_bytes([word[0], word[1]]));
        let (symbol, used) = step(table, &mut states[place % LANES], word);
        *slot = symbol;
        at += used;
        if at > words.len() {
            return false;
        }
    }
    at == words.len() && states.iter().all(|&state| state == LOWEST)
}

/// One symbol: its byte, and 2 if the word was used to renormalise, else 0.
#[inline(always)]
fn step(table: &DecodeTable, state: &mut u32, word: u16) -> (u8, usize) {
    let entry = table.entries[(*state & MASK) as usize];
    let next = ((entry >> 8) & MASK)
        .wrapping_mul(*state >> PRECISION)
        .wrapping_add(entry >> 20);
    let low = next < LOWEST;
    *state = if low { next << 16 | u32::from(word) } else { next };
    (entry as u8, usize::from(low) * 2)
}
