//! Decoding.
//!
//! Bound by the number of instructions: a symbol's chain of look-up, multiplication and renormalisation is long, but
//! that of 32 lanes overlap.

use super::{DecodeTables, LOWEST, Lanes, MAX_LANES, PRECISION, TOTAL, Trellis};

pub(super) const MASK: u32 = TOTAL - 1;
/// Where the last bytes of input are continued with zeros, so that the rounds need no check of their own.
const PADDED: usize = 256;
/// Whether eight lanes, which code few symbols, have loops of their own. Where code is to be small they do without, as one
/// lane does everywhere.
pub(super) const LOOPS_FOR_ALL: bool = cfg!(feature = "std");

/// A coded plane, as [`super::Encoded`] has it.
#[derive(Clone, Copy, Debug)]
pub struct Coded<'a> {
    /// How many lanes.
    pub lanes: Lanes,
    /// The first states of as many lanes.
    pub states: &'a [u32],
    /// How many symbols at the end lane 0 decodes alone.
    pub tail: usize,
    /// The words.
    pub words: &'a [u8],
}

/// Which table each symbol is decoded with.
#[derive(Debug)]
pub enum Tables<'a> {
    /// All with the first.
    First,
    /// With the one that is named for it.
    Chosen(&'a [u8]),
    /// With `2 * context + quantizer`, which takes the place of the context. The index whose parity the trellis follows
    /// is `(symbol + 1) / 2`.
    Trellis(Trellis, &'a mut [u8]),
}

/// Decodes `coded` into the whole of `dst`. Gives `false`, with garbage in `dst`, unless tables, contexts and states
/// are as many as needed, the words and the other lanes' remains are used up exactly and lane 0 ends at [`LOWEST`].
#[must_use]
pub fn decode(tables: &DecodeTables, coded: Coded, choice: Tables, dst: &mut [u8]) -> bool {
    let most = |names: &[u8]| names.iter().fold(0, |most: u8, &name| most.max(name));
    match choice {
        Tables::First => tables.count() > 0 && decode_lanes(tables, coded, &mut First, dst),
        Tables::Chosen(names) => {
            names.len() == dst.len()
                && usize::from(most(names)) < tables.count()
                && decode_lanes(tables, coded, &mut Chosen(names), dst)
        }
        Tables::Trellis(trellis, names) => {
            let states = [0; Trellis::MACHINES];
            names.len() == dst.len()
                && 2 * usize::from(most(names)) + 1 < tables.count().min(256)
                && decode_lanes(tables, coded, &mut Followed { trellis, names, states }, dst)
        }
    }
}

/// Says which table symbol `at` is decoded with.
///
/// # Safety
/// `table` must be below the number of tables of the call for every `at` below the length of its output, and `names`
/// must have as many names as that, below the number of tables, with a trellis below half of it.
pub(super) unsafe trait Choice {
    /// Symbol `at` is decoded next.
    fn table(&mut self, at: usize) -> usize;
    /// Symbol `at` was decoded.
    fn decoded(&mut self, at: usize, symbol: u8);
    /// [`rounds_of`] this choice.
    fn rounds(&mut self, run: Run, states: &mut [u32; MAX_LANES], dst: &mut [u8]) -> usize;
    /// The same for vectors.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    fn names(&mut self) -> super::simd128::Names<'_>;
}

struct First;

// SAFETY: `decode` checked that there is a table.
unsafe impl Choice for First {
    #[inline(always)]
    fn table(&mut self, _: usize) -> usize {
        0
    }

    #[inline(always)]
    fn decoded(&mut self, _: usize, _: u8) {}

    fn rounds(&mut self, run: Run, states: &mut [u32; MAX_LANES], dst: &mut [u8]) -> usize {
        rounds_of(self, run, states, dst)
    }

    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    fn names(&mut self) -> super::simd128::Names<'_> {
        super::simd128::Names::None
    }
}

struct Chosen<'a>(&'a [u8]);

// SAFETY: `decode` checked the greatest of the names.
unsafe impl Choice for Chosen<'_> {
    #[inline(always)]
    fn table(&mut self, at: usize) -> usize {
        usize::from(self.0[at])
    }

    #[inline(always)]
    fn decoded(&mut self, _: usize, _: u8) {}

    fn rounds(&mut self, run: Run, states: &mut [u32; MAX_LANES], dst: &mut [u8]) -> usize {
        rounds_of(self, run, states, dst)
    }

    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    fn names(&mut self) -> super::simd128::Names<'_> {
        super::simd128::Names::Chosen(self.0)
    }
}

struct Followed<'a> {
    trellis: Trellis,
    names: &'a mut [u8],
    states: [u8; Trellis::MACHINES],
}

// SAFETY: `decode` checked that twice the greatest of the names and 1 is a table and fits a byte; a decoder asks for
// each once.
unsafe impl Choice for Followed<'_> {
    #[inline(always)]
    fn table(&mut self, at: usize) -> usize {
        let name = &mut self.names[at];
        *name = 2 * *name + (self.states[at % Trellis::MACHINES] & 1);
        usize::from(*name)
    }

    #[inline(always)]
    fn decoded(&mut self, at: usize, symbol: u8) {
        let state = &mut self.states[at % Trellis::MACHINES];
        *state = self.trellis.next(*state, (symbol.wrapping_add(1)) >> 1);
    }

    fn rounds(&mut self, run: Run, states: &mut [u32; MAX_LANES], dst: &mut [u8]) -> usize {
        rounds_of(self, run, states, dst)
    }

    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    fn names(&mut self) -> super::simd128::Names<'_> {
        super::simd128::Names::Followed(self.trellis, self.names, &mut self.states)
    }
}

/// Some rounds: which words they begin with, which symbol, and how many there are.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    tables: &'a DecodeTables,
    lanes: Lanes,
    words: &'a [u8],
    at: usize,
    start: usize,
    rounds: usize,
}

/// Decodes one symbol of every lane, `run.rounds` times; gives where the next word is.
fn rounds_of<C: Choice>(choice: &mut C, run: Run, states: &mut [u32; MAX_LANES], dst: &mut [u8]) -> usize {
    match run.lanes {
        _ if !LOOPS_FOR_ALL => rounds_of_any(choice, run, states, dst),
        Lanes::Eight => decode_rounds::<8, C>(run, choice, states, dst),
        Lanes::One | Lanes::ThirtyTwo => decode_rounds::<MAX_LANES, C>(run, choice, states, dst),
    }
}

/// The same by one loop for all choices.
#[inline(never)]
fn rounds_of_any(choice: &mut dyn Choice, run: Run, states: &mut [u32; MAX_LANES], dst: &mut [u8]) -> usize {
    decode_rounds::<MAX_LANES, _>(run, choice, states, dst)
}

fn decode_lanes(tables: &DecodeTables, coded: Coded, choice: &mut dyn Choice, dst: &mut [u8]) -> bool {
    let lanes = coded.lanes.count();
    let mut states = [LOWEST; MAX_LANES];
    if coded.states.len() != lanes || coded.tail > dst.len() || coded.states.iter().any(|&state| state < LOWEST) {
        return false;
    }
    states[..lanes].copy_from_slice(coded.states);
    let interleaved = dst.len() - coded.tail;
    let words = coded.words;
    let round_input = 2 * lanes;
    let rounds = if lanes == MAX_LANES || LOOPS_FOR_ALL && lanes != 1 {
        interleaved / lanes
    } else {
        0
    };
    let (mut at, mut done) = (0, 0);
    let mut run = Run {
        tables,
        lanes: coded.lanes,
        words,
        at,
        start: 0,
        rounds: 0,
    };
    loop {
        let safe = ((words.len() - at) / round_input).min(rounds - done);
        if safe == 0 {
            break;
        }
        run = Run {
            at,
            start: done * lanes,
            rounds: safe,
            ..run
        };
        at = choice.rounds(run, &mut states, dst);
        done += safe;
    }
    let left = &words[at..];
    let mut padded = [0u8; PADDED];
    let copied = left.len().min(PADDED - round_input);
    padded[..copied].copy_from_slice(&left[..copied]);
    let mut at = 0;
    // Where code is to be small the last rounds are done symbol by symbol.
    while LOOPS_FOR_ALL && done < rounds {
        let safe = ((PADDED - at) / round_input).min(rounds - done);
        let padded = Run {
            words: &padded,
            at,
            start: done * lanes,
            rounds: safe,
            ..run
        };
        at = choice.rounds(padded, &mut states, dst);
        done += safe;
        if at > copied {
            return false;
        }
    }
    for place in done * lanes..interleaved {
        let word = left
            .get(at..at + 2)
            .map_or(0, |word| u16::from_le_bytes([word[0], word[1]]));
        at += step(tables, choice, &mut states[place % lanes], place, word, dst);
        if at > left.len() {
            return false;
        }
    }
    at == left.len() && decode_tail(tables, choice, &states[..lanes], dst, interleaved)
}

/// The symbols from `start` on, by lane 0 with the other lanes' lower halves as words.
fn decode_tail(tables: &DecodeTables, choice: &mut dyn Choice, states: &[u32], dst: &mut [u8], start: usize) -> bool {
    let (mut state, words) = (states[0], &states[1..]);
    if words.iter().any(|&other| other >> 16 != 1) {
        return false;
    }
    let mut used = 0;
    for place in start..dst.len() {
        let word = words.get(used).map_or(0, |&word| word as u16);
        used += step(tables, choice, &mut state, place, word, dst) / 2;
        if used > words.len() {
            return false;
        }
    }
    state == LOWEST && words[used..].iter().all(|&word| word == LOWEST)
}

/// Decodes symbol `place`. Gives 2 if the word was used to renormalise, else 0.
fn step(
    tables: &DecodeTables,
    choice: &mut dyn Choice,
    state: &mut u32,
    place: usize,
    word: u16,
    dst: &mut [u8],
) -> usize {
    let entry = tables.entries[choice.table(place) * TOTAL as usize + (*state & MASK) as usize];
    let (next, low) = advance(entry, *state, word);
    *state = next;
    dst[place] = entry as u8;
    choice.decoded(place, entry as u8);
    usize::from(low) * 2
}

#[inline(always)]
fn advance(entry: u32, state: u32, word: u16) -> (u32, bool) {
    let next = ((entry >> 8) & MASK)
        .wrapping_mul(state >> PRECISION)
        .wrapping_add(entry >> (8 + PRECISION));
    let low = next < LOWEST;
    (if low { next << 16 | u32::from(word) } else { next }, low)
}

/// Decodes one symbol of every lane, `run.rounds` times, into `dst` from `run.start` on.
#[inline(always)]
fn decode_rounds<const LANES: usize, C: Choice + ?Sized>(
    run: Run,
    choice: &mut C,
    states: &mut [u32; MAX_LANES],
    dst: &mut [u8],
) -> usize {
    let Run {
        tables,
        words,
        at,
        start,
        rounds,
        ..
    } = run;
    let Some(states) = states.first_chunk_mut::<LANES>() else {
        return at;
    };
    assert!(rounds <= (words.len() - at) / (2 * LANES) && rounds <= (dst.len() - start) / LANES);
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    if LANES > 1 {
        // SAFETY: the assertion; whoever calls starts at a multiple of LANES; by its contract the choice names tables that
        // exist, and it has names for all of dst.
        return unsafe {
            super::simd128::decode_rounds(tables, choice, run.lanes.count(), words, at, states, dst, start, rounds)
        };
    }
    let mut local = *states;
    let mut at = at;
    for (round, symbols) in dst[start..].as_chunks_mut::<LANES>().0[..rounds].iter_mut().enumerate() {
        let place = start + round * LANES;
        for lane in 0..LANES {
            let slot = choice.table(place + lane) * TOTAL as usize + (local[lane] & MASK) as usize;
            // SAFETY: by the trait's contract the table exists, and a table has TOTAL entries.
            let entry = unsafe { *tables.entries.get_unchecked(slot) };
            // SAFETY: a round uses at most 2 * LANES bytes and, by the assertion, there are that many for each round;
            // before lane's word at most 2 * lane bytes of this round's share are used.
            let word = u16::from_le(unsafe { words.as_ptr().add(at).cast::<u16>().read_unaligned() });
            let (next, low) = advance(entry, local[lane], word);
            local[lane] = next;
            symbols[lane] = entry as u8;
            choice.decoded(place + lane, entry as u8);
            at += usize::from(low) * 2;
        }
    }
    *states = local;
    at
}
