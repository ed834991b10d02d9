//! Two pairs to a vector of doubles, two vectors in a round. Bound by arithmetic: about eleven instructions a vector.

use super::{LANES, Lanes};
use crate::vector::{lanes as numbers, load, part};
use core::arch::wasm32::*;

/// The sums of two lanes.
struct Pair {
    squared: v128,
    absolute: v128,
    largest: v128,
    dot: v128,
    original_squares: v128,
    approximation_squares: v128,
}

impl Pair {
    fn new(lanes: &Lanes, pair: usize) -> Self {
        let of = |numbers: &[f64; LANES]| load(part::<_, 2, LANES>(numbers, pair));
        Self {
            squared: of(&lanes.squared),
            absolute: of(&lanes.absolute),
            largest: of(&lanes.largest),
            dot: of(&lanes.dot),
            original_squares: of(&lanes.original_squares),
            approximation_squares: of(&lanes.approximation_squares),
        }
    }

    #[inline(always)]
    fn add(&mut self, value: v128, other: v128) {
        let error = f64x2_sub(value, other);
        let magnitude = f64x2_abs(error);
        self.squared = f64x2_add(self.squared, f64x2_mul(error, error));
        self.absolute = f64x2_add(self.absolute, magnitude);
        self.largest = f64x2_pmax(self.largest, magnitude);
        self.dot = f64x2_add(self.dot, f64x2_mul(value, other));
        self.original_squares = f64x2_add(self.original_squares, f64x2_mul(value, value));
        self.approximation_squares = f64x2_add(self.approximation_squares, f64x2_mul(other, other));
    }

    fn finish(self, lanes: &mut Lanes, pair: usize) {
        for (to, from) in [
            (&mut lanes.squared, self.squared),
            (&mut lanes.absolute, self.absolute),
            (&mut lanes.largest, self.largest),
            (&mut lanes.dot, self.dot),
            (&mut lanes.original_squares, self.original_squares),
            (&mut lanes.approximation_squares, self.approximation_squares),
        ] {
            to[2 * pair..][..2].copy_from_slice(&numbers::<f64, 2>(from));
        }
    }
}

/// Adds pairs of `chunks` and `others` to `lanes`.
pub(super) fn accumulate(lanes: &mut Lanes, chunks: &[[f32; LANES]], others: &[[f32; LANES]]) {
    let (mut low, mut high) = (Pair::new(lanes, 0), Pair::new(lanes, 1));
    let mut finite_pairs = i32x4_splat(0);
    let limit = i32x4_splat(0x7f80_0000);
    let sign_less = i32x4_splat(0x7fff_ffff);
    for (chunk, other) in chunks.iter().zip(others) {
        let (value, other) = (load(chunk), load(other));
        let finite = v128_and(
            i32x4_lt(v128_and(value, sign_less), limit),
            i32x4_lt(v128_and(other, sign_less), limit),
        );
        finite_pairs = i32x4_sub(finite_pairs, finite);
        // Pairs of zeros change no sum: none is ever -0.0.
        let (value, other) = (v128_and(value, finite), v128_and(other, finite));
        low.add(f64x2_promote_low_f32x4(value), f64x2_promote_low_f32x4(other));
        high.add(
            f64x2_promote_low_f32x4(i64x2_shuffle::<1, 1>(value, value)),
            f64x2_promote_low_f32x4(i64x2_shuffle::<1, 1>(other, other)),
        );
    }
    low.finish(lanes, 0);
    high.finish(lanes, 1);
    let finite: u64 = numbers::<u32, 4>(finite_pairs).into_iter().map(u64::from).sum();
    lanes.non_finite += (chunks.len().min(others.len()) * LANES) as u64 - finite;
}
