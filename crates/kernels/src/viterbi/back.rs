//! From the end to the start: which codes lie on the cheapest path.

use super::forward::{MOST_STATES, Machines, Round};
use super::{CONTEXTS, MACHINES, QUADS, Statistics, point};
use crate::lanes::Trellis;
use crate::quads::LANES;

/// The state before each state, by the way that was taken.
pub(super) struct Places([[u8; 2]; MOST_STATES]);

/// What is decided at once.
pub(super) struct Window<'a> {
    pub(super) steps: &'a [f32],
    pub(super) contexts: &'a [u8],
    pub(super) rounds: &'a [Round],
}

impl Places {
    #[inline(never)]
    pub(super) fn new(trellis: Trellis) -> Self {
        let mut before = [[0; 2]; MOST_STATES];
        for from in 0..trellis.states() as u8 {
            for parity in 0..2 {
                before[usize::from(trellis.next(from, parity)) % MOST_STATES][usize::from(parity)] = from;
            }
        }
        Self(before)
    }

    /// From the states behind `rounds` to those before.
    #[inline(never)]
    pub(super) fn skip(&self, rounds: &[Round], states: &mut [u8]) {
        for round in rounds.iter().rev() {
            for (state, taken) in states.iter_mut().zip(round.taken.as_flattened()) {
                *state = self.before(*state, taken.to_bits()).0;
            }
        }
    }

    /// Writes the codes of a window, and counts them. `states` are those behind it.
    #[inline(never)]
    pub(super) fn follow(
        &self,
        window: &Window,
        mut states: [u8; MACHINES],
        codes: &mut [u16],
        statistics: &mut Statistics,
    ) {
        let parts = codes
            .chunks_mut(MACHINES)
            .zip(window.steps.chunks(MACHINES))
            .zip(window.contexts.chunks(MACHINES));
        for (round, ((codes, steps), contexts)) in window.rounds.iter().zip(parts).rev() {
            let weights = codes.iter_mut().zip(steps).zip(contexts).zip(&mut states);
            for (machine, (((code, &steps), &context), state)) in weights.enumerate() {
                let lane = |of: &Machines| of[machine / LANES % QUADS][machine % LANES].to_bits();
                let (before, parity) = self.before(*state, lane(&round.taken));
                *state = before;
                let quantizer = before & 1;
                let magnitude = (lane(&round.magnitudes[parity]) >> (16 * quantizer)) as u16;
                *code = magnitude;
                let counts = &mut statistics.counts[usize::from(context) % CONTEXTS][usize::from(quantizer)];
                match counts.get_mut(usize::from(magnitude)) {
                    Some(count) => *count += 1,
                    None => statistics.beyond.push((context, quantizer, magnitude)),
                }
                let point = point(quantizer, magnitude);
                statistics.sums[machine % LANES][point.min(3) as usize] += f64::from(steps) - f64::from(point);
            }
        }
    }

    /// The state before, and the parity of the code that led from it.
    #[inline(always)]
    fn before(&self, state: u8, taken: u32) -> (u8, usize) {
        let parity = (taken >> (state % 32) & 1) as usize;
        (self.0[usize::from(state) % MOST_STATES][parity], parity)
    }
}
