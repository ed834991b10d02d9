//! From the start to the end: what the cheapest path to each state costs.

use super::{MACHINES, NEVER, QUADS, Search};
use crate::lanes::Trellis;
use crate::quads::{LANES, Quad};

/// States of the largest trellis.
pub(super) const MOST_STATES: usize = 32;

/// A number for each machine.
pub(super) type Machines = [[f32; LANES]; QUADS];

/// What is remembered of an element of each machine.
#[derive(Clone, Copy, Default)]
pub(super) struct Round {
    /// Bit s is set where the second way led to state s.
    pub(super) taken: Machines,
    /// By parity: what candidates have.
    pub(super) magnitudes: [Machines; 2],
}

/// What paths cost, by quad, state and lane.
type Costs = [[[f32; LANES]; MOST_STATES]; QUADS];

/// Costs of all paths so far, and room for those that are one element longer.
pub(super) struct Forward<'a> {
    search: &'a Search<'a>,
    costs: [Costs; 2],
    /// Which of the two are those so far.
    now: usize,
}

impl<'a> Forward<'a> {
    pub(super) fn new(search: &'a Search<'a>) -> Self {
        Self {
            search,
            costs: [[[[0.0; LANES]; MOST_STATES]; QUADS]; 2],
            now: 0,
        }
    }

    /// Machines go on from `states`, and from nowhere else.
    #[inline(never)]
    pub(super) fn start_from(&mut self, states: &[u8]) {
        let costs = &mut self.costs[self.now & 1];
        costs.as_flattened_mut().fill([NEVER; LANES]);
        for (machine, &state) in states.iter().enumerate() {
            costs[machine / LANES % QUADS][usize::from(state) % MOST_STATES][machine % LANES] = 0.0;
        }
    }

    /// Into `ends`, the state in which each machine's cheapest path ends.
    #[inline(never)]
    pub(super) fn end_in(&self, ends: &mut [u8]) {
        for (machine, end) in ends.iter_mut().enumerate() {
            let costs = &self.costs[self.now & 1][machine / LANES % QUADS];
            let cost = |state: &u8| costs[usize::from(*state) % MOST_STATES][machine % LANES];
            let states = 0..self.search.trellis.states() as u8;
            *end = states.min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0);
        }
    }

    /// One element of each machine, or of the first machines where there are no more: the others stay as they are.
    #[inline(never)]
    pub(super) fn advance<L: Quad>(&mut self, steps: &[f32], contexts: &[u8], round: &mut Round) {
        let [first, second] = &mut self.costs;
        let (costs, next) = if self.now == 0 {
            (first, second)
        } else {
            (second, first)
        };
        self.now ^= 1;
        let quads = steps.chunks(LANES).zip(contexts.chunks(LANES));
        for (index, (steps, contexts)) in quads.enumerate().take(QUADS) {
            let found = self.search.candidates::<L>(L::load(&padded(steps)), padded(contexts));
            let taken = choose(self.search.trellis, &costs[index], &mut next[index], found.costs);
            taken.store(&mut round.taken[index]);
            let [even, odd] = found.magnitudes;
            even.store(&mut round.magnitudes[0][index]);
            odd.store(&mut round.magnitudes[1][index]);
        }
        for machine in steps.len()..MACHINES {
            let (quad, lane) = (machine / LANES % QUADS, machine % LANES);
            for state in 0..self.search.trellis.states() {
                next[quad][state % MOST_STATES][lane] = costs[quad][state % MOST_STATES][lane];
            }
        }
    }
}

fn padded<T: Copy + Default>(from: &[T]) -> [T; LANES] {
    match from.first_chunk() {
        Some(whole) => *whole,
        None => {
            let mut padded = [T::default(); LANES];
            padded[..from.len()].copy_from_slice(from);
            padded
        }
    }
}

/// Keeps the cheaper of the two ways into each state, and says where that was the second.
///
/// Even states use the first quantizer. From state `2 * k` a code of even parity leads to state `k`, and an odd one to
/// `k ^ input`; from state `2 * k + 1` they lead to the same states of the upper half, in another order.
#[inline(always)]
fn choose<L: Quad>(
    trellis: Trellis,
    costs: &[[f32; LANES]; MOST_STATES],
    next: &mut [[f32; LANES]; MOST_STATES],
    [first_even, first_odd, second_even, second_odd]: [L; 4],
) -> L {
    let (feedback, input) = trellis.taps();
    let half = trellis.states() / 2;
    let mut taken = L::splat(0.0);
    for k in 0..half {
        let other = k ^ input as usize;
        let upper = k ^ feedback as usize;
        let ways = [
            (k, 2 * k, first_even, 2 * other, first_odd),
            (upper, 2 * k + 1, second_even, 2 * other + 1, second_odd),
        ];
        for (to, from, edge, other_from, other_edge) in ways {
            // Without effect on the numbers, but then no check is needed.
            let first = L::load(&costs[from % MOST_STATES]).add(edge);
            let second = L::load(&costs[other_from % MOST_STATES]).add(other_edge);
            first.min(second).store(&mut next[to % MOST_STATES]);
            taken = taken.add_bits(L::splat(f32::from_bits(1 << to)).and(second.less(first)));
        }
    }
    taken
}
