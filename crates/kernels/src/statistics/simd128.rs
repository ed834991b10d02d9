//! Eight values at a time: two vectors of floats, four of doubles. Bound by the instructions that widen.

use super::{LANES, Lanes};
use crate::vector::{lanes as numbers, load, part};
use core::arch::wasm32::*;

struct Half {
    min: v128,
    max: v128,
    sums: [v128; 2],
    squares: [v128; 2],
}

impl Half {
    fn new(lanes: &Lanes, half: usize) -> Self {
        Self {
            min: load(part::<_, 4, LANES>(&lanes.min, half)),
            max: load(part::<_, 4, LANES>(&lanes.max, half)),
            sums: core::array::from_fn(|pair| load(part::<_, 2, LANES>(&lanes.sum, 2 * half + pair))),
            squares: core::array::from_fn(|pair| load(part::<_, 2, LANES>(&lanes.squares, 2 * half + pair))),
        }
    }

    /// Adds four values and gives the masks of those that are finite and those that are zero.
    #[inline(always)]
    fn add(&mut self, values: v128) -> (v128, v128) {
        let magnitude = v128_and(values, i32x4_splat(0x7fff_ffff));
        let finite = i32x4_lt(magnitude, i32x4_splat(0x7f80_0000));
        let zero = i32x4_eq(magnitude, i32x4_splat(0));
        self.min = f32x4_pmin(self.min, v128_bitselect(values, self.min, finite));
        self.max = f32x4_pmax(self.max, v128_bitselect(values, self.max, finite));
        // What is not finite counts as 0.0, which changes no sum: none is ever -0.0.
        let values = v128_and(values, finite);
        let wide = [
            f64x2_promote_low_f32x4(values),
            f64x2_promote_low_f32x4(i64x2_shuffle::<1, 1>(values, values)),
        ];
        for (pair, wide) in wide.into_iter().enumerate() {
            self.sums[pair] = f64x2_add(self.sums[pair], wide);
            self.squares[pair] = f64x2_add(self.squares[pair], f64x2_mul(wide, wide));
        }
        (finite, zero)
    }

    fn finish(self, lanes: &mut Lanes, half: usize) {
        lanes.min[4 * half..][..4].copy_from_slice(&numbers::<f32, 4>(self.min));
        lanes.max[4 * half..][..4].copy_from_slice(&numbers::<f32, 4>(self.max));
        for pair in 0..2 {
            let at = 4 * half + 2 * pair;
            lanes.sum[at..][..2].copy_from_slice(&numbers::<f64, 2>(self.sums[pair]));
            lanes.squares[at..][..2].copy_from_slice(&numbers::<f64, 2>(self.squares[pair]));
        }
    }
}

/// Adds `chunks` to `lanes`.
pub(super) fn accumulate(lanes: &mut Lanes, chunks: &[[f32; LANES]]) {
    let (mut low, mut high) = (Half::new(lanes, 0), Half::new(lanes, 1));
    // A mask is -1 in each lane that it holds for; no slice on a 32-bit target is long enough to overflow these.
    let (mut finite, mut zeros) = (i32x4_splat(0), i32x4_splat(0));
    for chunk in chunks {
        for (half, state) in [&mut low, &mut high].into_iter().enumerate() {
            let (is_finite, is_zero) = state.add(load(part::<_, 4, LANES>(chunk, half)));
            finite = i32x4_sub(finite, is_finite);
            zeros = i32x4_sub(zeros, is_zero);
        }
    }
    let total = |counts: v128| numbers::<u32, 4>(counts).into_iter().map(u64::from).sum::<u64>();
    low.finish(lanes, 0);
    high.finish(lanes, 1);
    lanes.zeros += total(zeros);
    lanes.non_finite += (chunks.len() * LANES) as u64 - total(finite);
}
