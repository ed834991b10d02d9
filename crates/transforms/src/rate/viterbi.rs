//! A path of codes through a trellis.
//!
//! An element has four candidates: under each of two quantizers the cheapest code of either parity. Each state has two
//! ways in; for all machines side by side the cheaper one is kept, and the best end is followed back.

use super::model::Model;
use super::reconstruction::Reconstruction;
use tensorpress_entropy::grid::Trellis;

const MACHINES: usize = Trellis::MACHINES;
/// Rounds between two subtractions of the least cost, which keep the sums small.
const REBASE: usize = 32;
/// States of the largest trellis.
const MOST_STATES: usize = 32;
/// The cost of what must not be.
const NEVER: f32 = 1e9;

/// What chooses candidates.
pub(super) struct Chooser<'a> {
    pub(super) trellis: Trellis,
    pub(super) model: &'a Model,
    pub(super) points: &'a Reconstruction,
    /// What a bit costs, in squared steps.
    pub(super) lambda: f32,
    /// The most that a weight may change, in steps.
    pub(super) limit: f32,
}

/// Candidates of one machine's element: magnitudes and costs by `2 * quantizer + parity`.
struct Candidates {
    magnitudes: [u16; 4],
    costs: [f32; 4],
}

/// The point of the grid that a code names.
#[inline(always)]
pub(super) fn point(quantizer: usize, magnitude: u32) -> u32 {
    2 * magnitude - (quantizer as u32 & u32::from(magnitude != 0))
}

impl Chooser<'_> {
    #[inline(always)]
    fn candidates(&self, steps: f32, context: u8) -> Candidates {
        let mut found = Candidates {
            magnitudes: [0, 1, 0, 1],
            costs: [0.0, NEVER, 0.0, NEVER],
        };
        // A weight of zero, which may be one that was pruned, stays zero.
        let some = steps > 0.0;
        for quantizer in 0..2 {
            let zero = self.cost(steps, context, quantizer, 0);
            found.costs[2 * quantizer] = zero;
            if !some {
                continue;
            }
            // The two codes whose points lie around the weight.
            let below = ((steps + quantizer as f32) * 0.5).min(32_766.0) as u32;
            for magnitude in [below, below + 1] {
                let at = 2 * quantizer + (magnitude & 1) as usize;
                let cost = self.cost(steps, context, quantizer, magnitude);
                if cost < found.costs[at] {
                    found.magnitudes[at] = magnitude as u16;
                    found.costs[at] = cost;
                }
            }
        }
        found
    }

    #[inline(always)]
    fn cost(&self, steps: f32, context: u8, quantizer: usize, magnitude: u32) -> f32 {
        let error = steps - self.points.place(point(quantizer, magnitude));
        let over = if error.abs() > self.limit { NEVER } else { 0.0 };
        error * error + self.model.cost(context, quantizer, magnitude, self.lambda) + over
    }

    /// The magnitudes of the codes for `steps`, the weights' magnitudes.
    pub(super) fn path(&self, steps: &[f32], contexts: &[u8]) -> Vec<u16> {
        let ways = ways(self.trellis);
        let states = ways.len();
        // Bit s: the second way led to state s.
        let mut taken = vec![0u32; steps.len()];
        let mut magnitudes = vec![[0u16; 4]; steps.len()];
        let mut costs = [[NEVER; MACHINES]; MOST_STATES];
        costs[0] = [0.0; MACHINES];
        let mut next = [[0f32; MACHINES]; MOST_STATES];
        let mut edges = [[0f32; MACHINES]; 4];
        for (round, (steps, contexts)) in steps.chunks(MACHINES).zip(contexts.chunks(MACHINES)).enumerate() {
            let start = round * MACHINES;
            for (machine, (&steps, &context)) in steps.iter().zip(contexts).enumerate() {
                let found = self.candidates(steps, context);
                magnitudes[start + machine] = found.magnitudes;
                for (edge, cost) in edges.iter_mut().zip(found.costs) {
                    edge[machine] = cost;
                }
            }
            let mut chosen = [0u32; MACHINES];
            for (state, (next, ways)) in next.iter_mut().zip(&ways).enumerate() {
                let [(from, edge), (other_from, other_edge)] = *ways;
                // Without effect on the numbers, but then no check is needed.
                let (from, other_from) = (from % MOST_STATES, other_from % MOST_STATES);
                let (from, edge) = (&costs[from], &edges[edge % 4]);
                let (other_from, other_edge) = (&costs[other_from], &edges[other_edge % 4]);
                for machine in 0..MACHINES {
                    let first = from[machine] + edge[machine];
                    let second = other_from[machine] + other_edge[machine];
                    let better = second < first;
                    next[machine] = if better { second } else { first };
                    chosen[machine] |= u32::from(better) << state;
                }
            }
            taken[start..start + steps.len()].copy_from_slice(&chosen[..steps.len()]);
            // Machines that have no element any more stay as they are.
            for (costs, next) in costs[..states].iter_mut().zip(&next) {
                costs[..steps.len()].copy_from_slice(&next[..steps.len()]);
            }
            if round % REBASE == REBASE - 1 {
                rebase(&mut costs[..states]);
            }
        }
        let mut codes = vec![0u16; steps.len()];
        let end = |machine: usize| {
            let by_cost = |&a: &usize, &b: &usize| costs[a][machine].total_cmp(&costs[b][machine]);
            (0..states).min_by(by_cost).unwrap_or(0)
        };
        for machine in 0..MACHINES.min(steps.len()) {
            let mut state = end(machine);
            let last = machine + (steps.len() - 1 - machine) / MACHINES * MACHINES;
            for place in (machine..=last).rev().step_by(MACHINES) {
                let (from, edge) = ways[state][(taken[place] >> state & 1) as usize];
                codes[place] = magnitudes[place][edge];
                state = from;
            }
        }
        codes
    }
}

/// For each state the two states before it, and the candidates that lead from them.
fn ways(trellis: Trellis) -> Vec<[(usize, usize); 2]> {
    let mut ways = vec![[(0, 0); 2]; trellis.states()];
    let mut count = vec![0; ways.len()];
    for from in 0..ways.len() {
        for parity in 0..2 {
            let to = usize::from(trellis.next(from as u8, parity as u8));
            ways[to][count[to]] = (from, 2 * (from & 1) + parity);
            count[to] += 1;
        }
    }
    ways
}

/// Subtracts each machine's least cost.
fn rebase(costs: &mut [[f32; MACHINES]]) {
    let mut least = costs[0];
    for state in &costs[1..] {
        for (least, &cost) in least.iter_mut().zip(state) {
            *least = if cost < *least { cost } else { *least };
        }
    }
    for state in costs {
        for (cost, least) in state.iter_mut().zip(least) {
            *cost -= least;
        }
    }
}
