//! Encoding, from the last symbol to the first.

use super::tables::Symbol;
use super::{EncodeTables, LOWEST, Lanes, MAX_LANES};
use alloc::vec::Vec;

/// What encoding gives: all that a decoder needs beside the tables.
#[derive(Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The decoder's first states, one a lane.
    pub states: Vec<u32>,
    /// How many symbols at the end lane 0 decodes alone.
    pub tail: usize,
    /// 16-bit little-endian words, in the order in which a decoder takes them.
    pub words: Vec<u8>,
}

/// Encodes `src`; `choice` names the table of each symbol, the first for all where it is absent. `None` where a symbol
/// has no frequency in its table, a table does not exist or the lengths differ.
pub fn encode(tables: &EncodeTables, choice: Option<&[u8]>, lanes: Lanes, src: &[u8]) -> Option<Encoded> {
    let tables = tables.tables.as_slice();
    match choice {
        None => {
            let table = tables.first()?;
            encode_with(|at| &table[usize::from(src[at])], lanes, src.len())
        }
        Some(choice) => {
            let most = choice.iter().max().map_or(0, |&most| usize::from(most));
            if choice.len() != src.len() || most >= tables.len() {
                return None;
            }
            encode_with(
                |at| &tables[usize::from(choice[at])][usize::from(src[at])],
                lanes,
                src.len(),
            )
        }
    }
}

#[inline(always)]
fn encode_with<'a>(symbol: impl Fn(usize) -> &'a Symbol, lanes: Lanes, length: usize) -> Option<Encoded> {
    match lanes {
        Lanes::One | Lanes::Eight => encode_lanes::<8>(symbol, length, lanes == Lanes::One),
        Lanes::ThirtyTwo => encode_lanes::<MAX_LANES>(symbol, length, false),
    }
}

/// With `alone`, all by lane 0, as if there were no other.
#[inline(always)]
fn encode_lanes<'a, const LANES: usize>(
    symbol: impl Fn(usize) -> &'a Symbol,
    length: usize,
    alone: bool,
) -> Option<Encoded> {
    let mut states = [LOWEST; LANES];
    let mut missing = false;
    // A symbol gives at most one word, since frequencies are at least 2^-12 and states above 2^16.
    let mut words = vec![0u8; 2 * length];
    let mut at = words.len();
    // The tail: as many words as there are other lanes, or all symbols.
    let mut left = length;
    while left > 0 && (alone || words.len() - at < 2 * (LANES - 1)) {
        left -= 1;
        at = put(symbol(left), &mut states[0], &mut words, at, &mut missing);
    }
    if alone {
        words.drain(..at);
        return (!missing).then(|| Encoded {
            states: states[..1].to_vec(),
            tail: 0,
            words,
        });
    }
    let tail = length - left;
    for (state, word) in states[1..].iter_mut().zip(words[at..].as_chunks::<2>().0) {
        *state = LOWEST | u32::from(u16::from_le_bytes(*word));
    }
    at = words.len();
    while !left.is_multiple_of(LANES) {
        left -= 1;
        at = put(symbol(left), &mut states[left % LANES], &mut words, at, &mut missing);
    }
    while left > 0 {
        left -= LANES;
        for lane in (0..LANES).rev() {
            at = put(symbol(left + lane), &mut states[lane], &mut words, at, &mut missing);
        }
    }
    words.drain(..at);
    (!missing).then(|| Encoded {
        states: states.to_vec(),
        tail,
        words,
    })
}

#[inline(always)]
fn put(symbol: &Symbol, state: &mut u32, target: &mut [u8], at: usize, missing: &mut bool) -> usize {
    *missing |= symbol.reciprocal == 0;
    let full = u64::from(*state) >= symbol.bound;
    // Written in any case; it counts only when the place moves on.
    target[at - 2..at].copy_from_slice(&(*state as u16).to_le_bytes());
    let at = at - 2 * usize::from(full);
    let kept = if full { *state >> 16 } else { *state };
    let quotient = (u64::from(kept).wrapping_mul(symbol.reciprocal) >> 44) as u32;
    *state = kept
        .wrapping_add(symbol.start)
        .wrapping_add(quotient.wrapping_mul(symbol.complement));
    at
}
