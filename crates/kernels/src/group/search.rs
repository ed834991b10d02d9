//! The scale of least error among shrunk ones.

use super::tile::{Tile, each_tile, gather, scatter};
use super::{Levels, inverse};
use crate::quads::{Quad, power};

/// Steps of 1%.
const STEPS: usize = 20;
/// Errors below this count as this: the power of 0 is not computed.
const LEAST_ERROR: f32 = 1e-9;

pub(super) fn search_scales<L: Quad>(
    values: &[f32],
    group: usize,
    levels: Levels,
    norm: f32,
    zeros: &[f32],
    scales: &mut [f32],
) {
    let (low, high) = levels.ends();
    each_tile::<L>(values, group, |first, used, tile| {
        let zero = gather::<L>(zeros, first, used);
        let start = gather::<L>(scales, first, used);
        let limits = (L::splat(low).sub(zero), L::splat(high).sub(zero));
        let best = if norm == 2.0 {
            search(tile, start, limits, 2.0, |error: L| error.mul(error))
        } else {
            search(tile, start, limits, norm, |error: L| {
                power(error.abs().max(L::splat(LEAST_ERROR)), norm)
            })
        };
        scatter(best, first, used, scales);
    });
}

#[inline(always)]
fn search<L: Quad>(tile: &Tile<'_>, start: L, (low, high): (L, L), norm: f32, penalty: impl Fn(L) -> L) -> L {
    let one = L::splat(1.0);
    let (inverse, usable) = inverse(start);
    let (mut best, mut least) = (one, L::splat(f32::INFINITY));
    for step in 0..=STEPS {
        let factor = L::splat((100 - step) as f32 / 100.0);
        let inverse = inverse.div(factor);
        let [sum] = tile.sums::<L, 1>(|value| {
            let scaled = value.mul(inverse);
            [penalty(scaled.sub(scaled.clamp(low, high).round()))]
        });
        // From units of this scale to those of the first.
        let error = sum.mul(power(factor, norm));
        let better = error.less(least);
        least = error.select(least, better);
        best = factor.select(best, better);
    }
    start.mul(best).select(start, usable)
}
