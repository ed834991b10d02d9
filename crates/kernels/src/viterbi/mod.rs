//! The cheapest path of codes through a trellis, by Viterbi's algorithm.
//!
//! Source: G. D. Forney, "The Viterbi algorithm", 1973; T. R. Fischer and M. Wang, "Entropy-constrained trellis-coded
//! quantization", 1992.
//!
//! A weight has four candidates: under each of two quantizers the cheaper code of either parity. Each state has two ways
//! in; for all machines side by side the cheaper one is kept, and the best end is followed back. Matrices are taken a
//! window at a time, with a look ahead, so that what is remembered stays in the processor's cache.

mod back;
mod candidates;
mod forward;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use crate::lanes::Trellis;
use crate::quads::{Four, LANES, Quad};
use back::{Places, Window};
use forward::{Forward, Round};

/// Magnitudes whose costs are looked up.
pub const MAGNITUDES: usize = 256;
/// Contexts of the largest statistics.
pub const CONTEXTS: usize = 16;
/// Paths side by side, and how many quads of them there are.
const MACHINES: usize = Trellis::MACHINES;
const QUADS: usize = MACHINES / LANES;
/// Rounds, of an element of each machine, that are decided at once. Few enough for their costs to be added up with the
/// precision that decisions need.
const WINDOW: usize = 512;
/// Rounds behind a window that are looked at before it is decided. Paths have met long before: a trellis of 32 states
/// remembers five elements.
const AHEAD: usize = 40;
/// The cost of what must not be.
const NEVER: f32 = 1e9;

/// What a number of codes costs, by context and quantizer.
pub type Table = [[f32; MAGNITUDES]; 2];

/// What decides which path is cheapest.
pub struct Search<'a> {
    /// Which quantizer follows which codes.
    pub trellis: Trellis,
    /// What magnitudes cost, one table a context.
    pub tables: &'a [Table],
    /// The same for magnitudes beyond the tables, by context and quantizer.
    pub beyond: &'a dyn Fn(u8, usize, u32) -> f32,
    /// How far the points 1, 2 and all larger ones lie from their numbers.
    pub offsets: [f32; 3],
    /// The most that a weight may change, in steps.
    pub limit: f32,
}

/// What was chosen, for the next pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// How often magnitudes below [`MAGNITUDES`] were chosen, by context and quantizer.
    pub counts: Box<[[[u32; MAGNITUDES]; 2]; CONTEXTS]>,
    /// Context, quantizer and magnitude of all others.
    pub beyond: Vec<(u8, u8, u16)>,
    /// For the points 0, 1, 2 and all larger ones, the sum of what weights are beyond their points. Four sums take turns,
    /// so that none waits for the one before.
    pub sums: [[f64; 4]; LANES],
}

/// The point that a code names: those of the first quantizer are even, those of the second zero and odd.
#[inline(always)]
pub fn point(quantizer: u8, magnitude: u16) -> u32 {
    (2 * u32::from(magnitude)).saturating_sub(u32::from(quantizer))
}

impl Statistics {
    fn new() -> Self {
        Self {
            counts: Box::new([[[0; MAGNITUDES]; 2]; CONTEXTS]),
            beyond: Vec::new(),
            sums: [[0.0; 4]; LANES],
        }
    }
}

/// Chooses the magnitudes of codes for `steps`, weights' magnitudes in steps of up to 32,000, into `codes`.
///
/// # Panics
/// Unless all slices have one length, and each context has a table and is below [`CONTEXTS`].
#[inline(never)]
pub fn path(search: &Search, steps: &[f32], contexts: &[u8], codes: &mut [u16]) -> Statistics {
    path_of::<Four>(search, steps, contexts, codes)
}

fn path_of<L: Quad>(search: &Search, steps: &[f32], contexts: &[u8], codes: &mut [u16]) -> Statistics {
    assert!(steps.len() == contexts.len() && steps.len() == codes.len());
    let mut statistics = Statistics::new();
    let mut forward = Forward::new(search);
    let places = Places::new(search.trellis);
    let mut rounds = vec![Round::default(); (WINDOW + AHEAD).min(steps.len().div_ceil(MACHINES))];
    let mut states = [0; MACHINES];
    let mut from = 0;
    while from < steps.len() {
        let rest = steps.len() - from;
        let last = rest <= MACHINES * (WINDOW + AHEAD);
        let decided = if last { rest } else { MACHINES * WINDOW };
        forward.start_from(&states);
        let elements = steps[from..].chunks(MACHINES).zip(contexts[from..].chunks(MACHINES));
        let mut looked = 0;
        for (round, (steps, contexts)) in rounds.iter_mut().zip(elements) {
            forward.advance::<L>(steps, contexts, round);
            looked += 1;
        }
        let (window, ahead) = rounds[..looked].split_at(decided.div_ceil(MACHINES));
        forward.end_in(&mut states);
        places.skip(ahead, &mut states);
        let decided = from..from + decided;
        from = decided.end;
        let window = Window {
            steps: &steps[decided.clone()],
            contexts: &contexts[decided.clone()],
            rounds: window,
        };
        places.follow(&window, states, &mut codes[decided], &mut statistics);
    }
    statistics
}
