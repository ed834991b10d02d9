//! Scale and zero point of least squared error.
//!
//! With `u = x / scale + zero` and `q` its rounded value, `u` is fitted by `(1 + α) · q + β`: linear regression of the
//! residual `r = u − q`, in which nothing large is subtracted.

use super::tile::{Tile, each_tile, gather, scatter};
use super::{FACTORS, Levels, POLISH, inverse};
use crate::quads::Quad;

/// A fit that turns scales over is none.
const LEAST_GROWTH: f32 = 0.25;

pub(super) fn fit_scales_and_zeros<L: Quad>(
    values: &[f32],
    group: usize,
    levels: Levels,
    scales: &mut [f32],
    zeros: &mut [f32],
) {
    let (low, high) = levels.ends();
    let ends = (L::splat(low), L::splat(high));
    let middle = L::splat((low + high) * 0.5);
    each_tile::<L>(values, group, |first, used, tile| {
        let start = (gather::<L>(scales, first, used), gather::<L>(zeros, first, used));
        let (scale, zero) = fit(tile, start, ends, middle);
        scatter(scale, first, used, scales);
        scatter(zero, first, used, zeros);
    });
}

#[inline(always)]
fn fit<L: Quad>(tile: &Tile<'_>, (scale, zero): (L, L), ends: (L, L), middle: L) -> (L, L) {
    let one = L::splat(1.0);
    let (inverse, usable) = inverse(scale);
    let aside = middle.sub(zero);
    let (mut best, mut least, mut first) = ((one, zero), L::splat(f32::INFINITY), one);
    for round in 0..FACTORS.len() + POLISH {
        let (factor, offset) = match FACTORS.get(round) {
            Some(&factor) => (L::splat(factor), middle.sub(aside.mul(L::splat(factor)))),
            None => (one.div(best.0), best.1),
        };
        let solution = solve(tile, inverse.mul(factor), offset, ends);
        if round == 0 {
            first = solution.before;
        }
        let relative = one.div(factor);
        let error = solution.after.mul(relative.mul(relative));
        let better = error.less(least).and(L::splat(LEAST_GROWTH).less(solution.growth));
        least = error.select(least, better);
        best.0 = relative.mul(solution.growth).select(best.0, better);
        best.1 = offset.sub(solution.shift).div(solution.growth).select(best.1, better);
    }
    // What was foretold from values that are clipped by many levels is imprecise: see what comes of it.
    let last = solve(tile, inverse.mul(one.div(best.0)), best.1, ends).before;
    let better = last.mul(best.0.mul(best.0)).less(first).and(usable);
    (scale.mul(best.0).select(scale, better), best.1.select(zero, better))
}

/// A fit to values as they are rounded at one scale and zero point.
struct Solution<L> {
    /// `1 + α`.
    growth: L,
    /// `β`.
    shift: L,
    /// The squared error at that scale and zero point.
    before: L,
    /// The squared error at those of the fit, the values still rounded as before.
    after: L,
}

#[inline(always)]
fn solve<L: Quad>(tile: &Tile<'_>, inverse: L, zero: L, (low, high): (L, L)) -> Solution<L> {
    let count = L::splat(tile.len() as f32);
    // Most values are near 0: counted from there, levels are small.
    let centre = zero.clamp(low, high).round();
    let [residuals, squares, products, levels, level_squares] = tile.sums::<L, 5>(|value| {
        let scaled = value.mul(inverse).add(zero);
        let level = scaled.clamp(low, high).round();
        let residual = scaled.sub(level);
        let level = level.sub(centre);
        [
            residual,
            residual.mul(residual),
            residual.mul(level),
            level,
            level.mul(level),
        ]
    });
    let (residual, level) = (residuals.div(count), levels.div(count));
    // Never far below 0, and 0 where all levels are the same.
    let spread = level_squares.sub(level.mul(levels));
    let related = products.sub(level.mul(residuals));
    let some = L::splat(0.5).less(spread);
    let slope = related.div(spread.select(L::splat(1.0), some)).and(some);
    let error = squares.sub(slope.mul(related)).sub(residual.mul(residuals));
    Solution {
        growth: L::splat(1.0).add(slope),
        shift: residual.sub(slope.mul(level.add(centre))),
        before: squares,
        after: error.max(L::splat(0.0)),
    }
}
