//! Encoding.

use super::{LANES, LOWEST, PRECISION, TOTAL};
use alloc::vec::Vec;

/// What encoding a symbol needs.
#[derive(Clone, Copy, Default)]
struct Symbol {
    /// `2^44 / frequency`, rounded up: states stay below `frequency << 20`, so a product with it fits 64 bits and
    /// its top 20 bits are the exact quotient.
    reciprocal: u64,
    /// A state that reaches this is renormalised first.
    bound: u64,
    start: u32,
    /// `TOTAL - frequency`.
    complement: u32,
}

/// Appends `src` as eight states and 16-bit words to `out`. Gives `false`, with nothing written, unless the
/// frequencies add up to [`TOTAL`] and every symbol of `src` has one.
#[must_use]
pub fn encode(frequencies: &[u16; 256], src: &[u8], out: &mut Vec<u8>) -> bool {
    let mut symbols = [Symbol::default(); 256];
    let mut start = 0u32;
    for (symbol, &frequency) in symbols.iter_mut().zip(frequencies) {
        if frequency == 0 || u32::from(frequency) >= TOTAL {
            continue;
        }
        *symbol = Symbol {
            reciprocal: (1u64 << 44).div_ceil(u64::from(frequency)),
            bound: u64::from(frequency) << (32 - PRECISION),
            start,
            complement: TOTAL - u32::from(frequency),
        };
        start += u32::from(frequency);
    }
    if start != TOTAL {
        return false;
    }
    // A symbol gives at most one word, since frequencies are at least 2^-12 and states above 2^16.
    let begin = out.len();
    let most = 2 * src.len() + 4 * LANES;
    out.resize(begin + most, 0);
    let target = &mut out[begin..];
    let mut at = most;
    let mut states = [LOWEST; LANES];
    let mut missing = false;
    let (rounds, rest) = src.as_chunks::<LANES>();
    for (state, &byte) in states.iter_mut().zip(rest).rev() {
        at = put(&symbols[usize::from(byte)], state, target, at, &mut missing);
    }
    for round in rounds.iter().rev() {
        for lane in (0..LANES).rev() {
            at = put(
                &symbols[usize::from(round[lane])],
                &mut states[lane],
                target,
                at,
                &mut missing,
            );
        }
    }
    if missing {
        out.truncate(begin);
        return false;
    }
    for state in states.iter().rev() {
        at -= 4;
        target[at..at + 4].copy_from_slice(&state.to_le_bytes());
    }
    target.copy_within(at.., 0);
    out.truncate(begin + most - at);
    true
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
