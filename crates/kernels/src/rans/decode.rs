//! Decoding.
//!
//! Bound by the chain look-up, multiply, renormalise of each lane (about 12 cycles) until eight lanes cover it, then
//! by the number of instructions: about 13 a symbol.

use super::{LANES, LOWEST, PRECISION, TOTAL};
use alloc::boxed::Box;

const MASK: u32 = TOTAL - 1;
/// Most bytes of input that one symbol of every lane uses.
const ROUND_INPUT: usize = 2 * LANES;
/// Where the last bytes of input are continued with zeros, so that the rounds need no check of their own.
const TAIL: usize = 256;

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
    let (rounds, rest) = dst.as_chunks_mut::<LANES>();
    let (mut at, mut done) = (0, 0);
    loop {
        let safe = ((words.len() - at) / ROUND_INPUT).min(rounds.len() - done);
        if safe == 0 {
            break;
        }
        at = decode_rounds(table, words, at, &mut states, &mut rounds[done..done + safe]);
        done += safe;
    }
    let left = &words[at..];
    let mut tail = [0u8; TAIL];
    let copied = left.len().min(TAIL - ROUND_INPUT);
    tail[..copied].copy_from_slice(&left[..copied]);
    let mut at = 0;
    while done < rounds.len() {
        let safe = ((TAIL - at) / ROUND_INPUT).min(rounds.len() - done);
        at = decode_rounds(table, &tail, at, &mut states, &mut rounds[done..done + safe]);
        done += safe;
        if at > copied {
            return false;
        }
    }
    for (state, slot) in states.iter_mut().zip(rest) {
        let word = u16::from_le_bytes([tail[at], tail[at + 1]]);
        let (symbol, used) = step(table, state, word);
        *slot = symbol;
        at += used;
        if at > copied {
            return false;
        }
    }
    at == left.len() && states.iter().all(|&state| state == LOWEST)
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

/// Decodes one symbol of every lane for each of `rounds`.
#[inline(always)]
fn decode_rounds(
    table: &DecodeTable,
    words: &[u8],
    at: usize,
    states: &mut [u32; LANES],
    rounds: &mut [[u8; LANES]],
) -> usize {
    assert!(rounds.len() <= (words.len() - at) / ROUND_INPUT);
    let mut local = *states;
    let mut at = at;
    for round in rounds {
        let mut symbols = 0u64;
        for (lane, state) in local.iter_mut().enumerate() {
            // SAFETY: a round uses at most ROUND_INPUT bytes and, by the assertion, there are that many for each
            // round; before lane's word at most 2 * lane bytes of this round's share are used.
            let word = u16::from_le(unsafe { words.as_ptr().add(at).cast::<u16>().read_unaligned() });
            let (symbol, used) = step(table, state, word);
            symbols |= u64::from(symbol) << (8 * lane);
            at += used;
        }
        *round = symbols.to_le_bytes();
    }
    *states = local;
    at
}
