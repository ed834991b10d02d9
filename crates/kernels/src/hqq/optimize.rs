//! The solver.
//!
//! All is measured in levels: `u = x / scale + zero`, `q` its rounded value, `e = u − q`. A weight's error is then
//! `D = e · scale`, and the new zero point, the mean of `q − (x − E) / scale`, is `zero − mean(e) + mean(E) / scale`.

use crate::group::tile::{Tile, each_tile, gather, scatter};
use crate::group::{Levels, inverse};
use crate::quads::{Quad, power};

/// Most rounds.
const ROUNDS: usize = 20;
/// The exponent of the error that is minimised.
const NORM: f32 = 0.7;
/// How much the quadratic part weighs at first, and how that grows by the round.
const BETA: (f32, f32) = (10.0, 1.01);
/// Shrinking an error up to this gives 0 in every round: |D| ≤ |D|^(p−1) / β for all |D| ≤ β^(−1/(2−p)), which is
/// 0.147 for the last β.
const SHRINKS_TO_ZERO: f32 = 0.14;

pub(super) fn optimize_zeros<L: Quad>(values: &[f32], group: usize, levels: Levels, scales: &[f32], zeros: &mut [f32]) {
    let (low, high) = levels.ends();
    let ends = (L::splat(low), L::splat(high));
    each_tile::<L>(values, group, |first, used, tile| {
        let scale = gather::<L>(scales, first, used);
        let zero = optimize(tile, scale, gather(zeros, first, used), ends);
        scatter(zero, first, used, zeros);
    });
}

#[inline(always)]
fn optimize<L: Quad>(tile: &Tile<'_>, scale: L, start: L, ends: (L, L)) -> L {
    let (inverse, usable) = inverse(scale);
    let count = L::splat(tile.len() as f32);
    let (mut zero, mut best, mut least) = (start, start, L::splat(f32::INFINITY));
    let mut beta = BETA.0;
    for round in 0..=ROUNDS {
        let [errors, squares] = tile.sums::<L, 2>(|value| {
            let error = error(value, inverse, zero, ends);
            [error, error.mul(error)]
        });
        let better = squares.less(least);
        least = squares.select(least, better);
        best = zero.select(best, better);
        // The sum of squares bounds each error: mostly none is so large that shrinking leaves something of it.
        let bound = L::splat(SHRINKS_TO_ZERO * SHRINKS_TO_ZERO);
        let shrinking = bound.less(squares.mul(scale).mul(scale)).any();
        // Without shrinking the squared error falls from round to round until nothing moves any more.
        if round == ROUNDS || !(shrinking || better.any()) {
            break;
        }
        let mut next = zero.sub(errors.div(count));
        if shrinking {
            let [kept] = tile.sums::<L, 1>(|value| [shrink(error(value, inverse, zero, ends).mul(scale), beta)]);
            next = next.add(kept.mul(inverse).div(count));
        }
        zero = next;
        beta *= BETA.1;
    }
    best.select(start, usable)
}

/// `u − q`.
#[inline(always)]
fn error<L: Quad>(value: L, inverse: L, zero: L, (low, high): (L, L)) -> L {
    let scaled = value.mul(inverse).add(zero);
    scaled.sub(scaled.clamp(low, high).round())
}

/// sign(D) · max(0, |D| − |D|^(p−1) / β).
#[inline(always)]
fn shrink<L: Quad>(error: L, beta: f32) -> L {
    let none = L::splat(0.0);
    let magnitude = error.abs();
    let large = L::splat(SHRINKS_TO_ZERO).less(magnitude);
    let pull = power(magnitude.max(L::splat(SHRINKS_TO_ZERO)), NORM - 1.0).div(L::splat(beta));
    let kept = magnitude.sub(pull).max(none).and(large);
    kept.select(none.sub(kept), none.less(error))
}
