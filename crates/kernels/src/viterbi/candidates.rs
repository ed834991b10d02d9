//! What a weight may become.

use super::{MAGNITUDES, NEVER, Search};
use crate::quads::{LANES, Quad};
use std::array::from_fn;

/// No code around fewer steps than these is beyond the tables.
const TABLED: f32 = (2 * MAGNITUDES - 4) as f32;

/// Candidates of four weights.
pub(super) struct Candidates<L> {
    /// By `2 * quantizer + parity`.
    pub(super) costs: [L; 4],
    /// By parity: magnitudes under the first quantizer, and 2^16 times those under the second, as bits.
    pub(super) magnitudes: [L; 2],
}

impl Search<'_> {
    #[inline(always)]
    pub(super) fn candidates<L: Quad>(&self, steps: L, contexts: [u8; LANES]) -> Candidates<L> {
        let [first_even, first_odd, even, odd] = self.under(0, steps, contexts);
        let [second_even, second_odd, high_even, high_odd] = self.under(1, steps, contexts);
        Candidates {
            costs: [first_even, first_odd, second_even, second_odd],
            magnitudes: [
                even.add_bits(high_even.shift_left::<16>()),
                odd.add_bits(high_odd.shift_left::<16>()),
            ],
        }
    }

    /// The cheaper codes of even and odd parity under a quantizer: costs, and magnitudes as bits.
    #[inline(always)]
    fn under<L: Quad>(&self, quantizer: usize, steps: L, contexts: [u8; LANES]) -> [L; 4] {
        // The code whose point is at the weight, or the next towards zero.
        let middle = steps.add(L::splat(quantizer as f32)).mul(L::splat(0.5));
        let near = middle.round();
        let below = near.sub(L::splat(1.0).and(middle.less(near)));
        let number = below.to_integer_bits();
        let prices = self.prices(steps, quantizer, number, contexts);

        let nearest = L::splat(self.offsets[1 - quantizer]);
        let others = L::splat(self.offsets[2]);
        let is_zero = below.less(L::splat(0.5));
        let point = below.add(below).sub(L::splat(quantizer as f32));
        let place = point.add(nearest.select(others, below.less(L::splat(1.5))));
        let place = L::splat(0.0).select(place, is_zero);
        let next = point.add(L::splat(2.0)).add(nearest.select(others, is_zero));
        let zero = self.cost(steps, prices[0]);
        let low = self.cost(steps.sub(place), prices[1]);
        let high = self.cost(steps.sub(next), prices[2]);

        let odd = number.shift_left::<31>().shift_right::<31>();
        let even_cost = high.select(low, odd);
        // A weight of zero, which may be one that was pruned, stays zero.
        let odd_cost = low.select(high, odd).select(L::splat(NEVER), L::splat(0.0).less(steps));
        // Bits that are all set are -1.
        let even_magnitude = number.sub_bits(odd).and(even_cost.less(zero));
        let odd_magnitude = number.add_bits(odd).add_bits(L::splat(f32::from_bits(1)));
        [zero.min(even_cost), odd_cost, even_magnitude, odd_magnitude]
    }

    /// Of weights that are off by `error`.
    #[inline(always)]
    fn cost<L: Quad>(&self, error: L, price: L) -> L {
        let over = L::splat(NEVER).and(L::splat(self.limit).less(error.abs()));
        error.mul(error).add(price).add(over)
    }

    /// What codes cost beside their errors: zero, those of magnitudes `number`, and the next ones.
    #[inline(always)]
    fn prices<L: Quad>(&self, steps: L, quantizer: usize, number: L, contexts: [u8; LANES]) -> [L; 3] {
        let m = number.to_array().map(f32::to_bits);
        let entry = |lane: usize, magnitude: u32| {
            // Without effect on the numbers that count, but then no check is needed.
            &self.tables[usize::from(contexts[lane])][quantizer][magnitude as usize % MAGNITUDES]
        };
        let zero = L::gather([entry(0, 0), entry(1, 0), entry(2, 0), entry(3, 0)]);
        if L::splat(TABLED).less(steps).any() {
            let [below, above] = self.prices_beyond(contexts, quantizer, m);
            return [zero, L::load(&below), L::load(&above)];
        }
        let below = L::gather([entry(0, m[0]), entry(1, m[1]), entry(2, m[2]), entry(3, m[3])]);
        let above = [
            entry(0, m[0] + 1),
            entry(1, m[1] + 1),
            entry(2, m[2] + 1),
            entry(3, m[3] + 1),
        ];
        [zero, below, L::gather(above)]
    }

    /// The same where magnitudes may be beyond the tables.
    #[cold]
    #[inline(never)]
    fn prices_beyond(&self, contexts: [u8; LANES], quantizer: usize, magnitudes: [u32; LANES]) -> [[f32; LANES]; 2] {
        [0, 1].map(|above| {
            from_fn(|lane| {
                let (context, magnitude) = (contexts[lane], magnitudes[lane] + above);
                match self.tables[usize::from(context)][quantizer].get(magnitude as usize) {
                    Some(&price) => price,
                    None => (self.beyond)(context, quantizer, magnitude),
                }
            })
        })
    }
}
