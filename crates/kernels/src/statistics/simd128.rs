//! Eight values at a time: two vectors of floats, four of doubles. Bound by arithmetic. Runs of values are taken to be
//! finite until one is found that is not; such a run is done again with masks.

use super::{LANES, Lanes};
use crate::vector::{lanes as numbers, load, part};
use core::arch::wasm32::*;

/// Chunks of a run: 8 KiB, which a first-level cache still holds when a run is done again.
const RUN: usize = 256;

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

    /// Adds four finite values.
    #[inline(always)]
    fn add(&mut self, values: v128) {
        self.min = f32x4_pmin(self.min, values);
        self.max = f32x4_pmax(self.max, values);
        self.add_to_sums(values);
    }

    /// Adds those of four values that are finite and gives their mask.
    #[inline(always)]
    fn add_finite(&mut self, values: v128) -> v128 {
        let finite = i32x4_lt(magnitude(values), i32x4_splat(0x7f80_0000));
        self.min = f32x4_pmin(self.min, v128_bitselect(values, self.min, finite));
        self.max = f32x4_pmax(self.max, v128_bitselect(values, self.max, finite));
        // What is not finite counts as 0.0, which changes no sum: none is ever -0.0.
        self.add_to_sums(v128_and(values, finite));
        finite
    }

    #[inline(always)]
    fn add_to_sums(&mut self, values: v128) {
        let wide = [
            f64x2_promote_low_f32x4(values),
            f64x2_promote_low_f32x4(i64x2_shuffle::<1, 1>(values, values)),
        ];
        for (pair, wide) in wide.into_iter().enumerate() {
            self.sums[pair] = f64x2_add(self.sums[pair], wide);
            self.squares[pair] = f64x2_add(self.squares[pair], f64x2_mul(wide, wide));
        }
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

#[inline(always)]
fn magnitude(values: v128) -> v128 {
    v128_and(values, i32x4_splat(0x7fff_ffff))
}

/// Adds `run` as if all were finite; gives how many are zero, or `None` if one is not finite.
#[inline(always)]
fn add_run(lanes: &mut Lanes, run: &[[f32; LANES]]) -> Option<u64> {
    let (mut low, mut high) = (Half::new(lanes, 0), Half::new(lanes, 1));
    let (mut greatest, mut zeros) = (i32x4_splat(0), i32x4_splat(0));
    for chunk in run {
        for (half, state) in [&mut low, &mut high].into_iter().enumerate() {
            let values = load(part::<_, 4, LANES>(chunk, half));
            let magnitude = magnitude(values);
            greatest = i32x4_max(greatest, magnitude);
            zeros = i32x4_sub(zeros, i32x4_eq(magnitude, i32x4_splat(0)));
            state.add(values);
        }
    }
    if v128_any_true(i32x4_ge(greatest, i32x4_splat(0x7f80_0000))) {
        return None;
    }
    low.finish(lanes, 0);
    high.finish(lanes, 1);
    Some(total(zeros))
}

/// Adds those of `run` that are finite; gives how many are zero and how many are not finite.
#[cold]
fn add_finite_run(lanes: &mut Lanes, run: &[[f32; LANES]]) -> (u64, u64) {
    let (mut low, mut high) = (Half::new(lanes, 0), Half::new(lanes, 1));
    let (mut finite, mut zeros) = (i32x4_splat(0), i32x4_splat(0));
    for chunk in run {
        for (half, state) in [&mut low, &mut high].into_iter().enumerate() {
            let values = load(part::<_, 4, LANES>(chunk, half));
            finite = i32x4_sub(finite, state.add_finite(values));
            zeros = i32x4_sub(zeros, i32x4_eq(magnitude(values), i32x4_splat(0)));
        }
    }
    low.finish(lanes, 0);
    high.finish(lanes, 1);
    (total(zeros), (run.len() * LANES) as u64 - total(finite))
}

/// The sum of four counts; a mask that was subtracted counted 1 in each lane that it held for.
fn total(counts: v128) -> u64 {
    numbers::<u32, 4>(counts).into_iter().map(u64::from).sum()
}

/// Adds `chunks` to `lanes`.
pub(super) fn accumulate(lanes: &mut Lanes, chunks: &[[f32; LANES]]) {
    for run in chunks.chunks(RUN) {
        match add_run(lanes, run) {
            Some(zeros) => lanes.zeros += zeros,
            None => {
                let (zeros, non_finite) = add_finite_run(lanes, run);
                lanes.zeros += zeros;
                lanes.non_finite += non_finite;
            }
        }
    }
}
