//! The scale of least squared error, the zero point given.
//!
//! With `u = x / scale` and `k` its rounded value, `x` is fitted by `(1 + α) · scale · k`. In the residual `r = u − k`,
//! `α = Σrk / Σk²` and the squared error is `Σr² − α·Σrk` in units of `scale`: nothing large is subtracted.

use super::tile::{Tile, each_tile, gather, scatter};
use super::{FACTORS, Levels, POLISH, inverse};
use crate::quads::Quad;

pub(super) fn fit_scales<L: Quad>(
    values: &[f32],
    group: usize,
    levels: Levels,
    zeros: &[f32],
    scales: &mut [f32],
    errors: &mut [f32],
) {
    let (low, high) = levels.ends();
    each_tile::<L>(values, group, |first, used, tile| {
        let zero = gather::<L>(zeros, first, used);
        let start = gather::<L>(scales, first, used);
        let limits = (L::splat(low).sub(zero), L::splat(high).sub(zero));
        let (scale, error) = fit(tile, start, limits);
        scatter(scale, first, used, scales);
        scatter(error, first, used, errors);
    });
}

#[inline(always)]
fn fit<L: Quad>(tile: &Tile<'_>, start: L, limits: (L, L)) -> (L, L) {
    let one = L::splat(1.0);
    let (inverse, usable) = inverse(start);
    // The best scale as a multiple of the first.
    let (mut best, mut least, mut first) = (one, L::splat(f32::INFINITY), one);
    for round in 0..FACTORS.len() + POLISH {
        let factor = match FACTORS.get(round) {
            Some(&factor) => L::splat(factor),
            None => one.div(best),
        };
        let solution = solve(tile, inverse.mul(factor), limits);
        if round == 0 {
            first = solution.before;
        }
        let scale = one.div(factor);
        let error = solution.after.mul(scale.mul(scale));
        let better = error.less(least);
        least = error.select(least, better);
        best = scale.mul(solution.growth).select(best, better);
    }
    // What was foretold from values that are clipped by many levels is imprecise: see what comes of it.
    let last = solve(tile, inverse.mul(one.div(best)), limits)
        .before
        .mul(best.mul(best));
    let better = last.less(first).and(usable);
    (start.mul(best).select(start, better), last.select(first, better))
}

/// A fit to values as they are rounded at one scale.
struct Solution<L> {
    /// `1 + α`.
    growth: L,
    /// The squared error at that scale.
    before: L,
    /// The squared error at the scale of the fit, the values still rounded as before.
    after: L,
}

#[inline(always)]
fn solve<L: Quad>(tile: &Tile<'_>, inverse: L, (low, high): (L, L)) -> Solution<L> {
    let [residuals, products, squares] = tile.sums::<L, 3>(|value| {
        let scaled = value.mul(inverse);
        let level = scaled.clamp(low, high).round();
        let residual = scaled.sub(level);
        [residual.mul(residual), residual.mul(level), level.mul(level)]
    });
    // Squares of levels are 0 or at least 1.
    let slope = products.div(squares.max(L::splat(1.0)));
    Solution {
        growth: L::splat(1.0).add(slope),
        before: residuals,
        after: residuals.sub(slope.mul(products)).max(L::splat(0.0)),
    }
}
