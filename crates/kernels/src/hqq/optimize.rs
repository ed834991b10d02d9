//! The solver.
//!
//! All is measured in levels: `u = x / scale + zero`, and `f` is `u` without its nearest level. Moving the zero point by
//! `t` makes the errors `f + t`, brought back to their nearest level: as long as none passes an end of the levels, the
//! squared error repeats with every whole level. Of all values sorted by `f`, those with the least are then rounded to
//! one level less than before. With the first `k` of `n` moved up by one level their sum is `S + k`, the best `t` is its
//! negative mean, and the squared error is `Σf² + 2·(f₁ + … + f_k) + k − (S + k)² / n`. The least of these is the least
//! of all.

use super::network::{self, BLOCK};
use crate::floats::limit;
use crate::group::tile::{Tile, each_tile, gather, scatter};
use crate::group::{LEAST_SCALE, Levels, inverse};
use crate::quads::{LANES, Quad};
use crate::sort::sort_u32;

/// Sorts behind every `f`.
const PADDING: f32 = 2.0;
/// One level of fractions as whole numbers, which sort and add without loss.
const UNIT: f64 = (1u64 << 31) as f64;

pub(super) fn optimize_zeros<L: Quad>(values: &[f32], group: usize, levels: Levels, scales: &[f32], zeros: &mut [f32]) {
    let (low, high) = levels.ends();
    let ends = (L::splat(low), L::splat(high));
    let mut sorted = Vec::new();
    each_tile::<L>(values, group, |first, used, tile| {
        let Some(vectors) = tile.side_by_side() else {
            let start = first * group;
            let values = &values[start..values.len().min(start + group)];
            zeros[first] = optimize_one(values, scales[first], zeros[first], (low, high));
            return;
        };
        sorted.resize(vectors.len().next_power_of_two().max(BLOCK), [0.0; LANES]);
        let scale = gather::<L>(scales, first, used);
        let zero = optimize(tile, vectors, scale, gather(zeros, first, used), ends, &mut sorted);
        scatter(zero, first, used, zeros);
    });
}

/// Four groups, one a lane.
#[inline(always)]
fn optimize<L: Quad>(
    tile: &Tile<'_>,
    vectors: &[[f32; LANES]],
    scale: L,
    start: L,
    (low, high): (L, L),
    sorted: &mut [[f32; LANES]],
) -> L {
    let (inverse, usable) = inverse(scale);
    let (mut sum, mut least, mut greatest) = (L::splat(0.0), high, low);
    let (fractions, padding) = sorted.split_at_mut(vectors.len());
    for (vector, to) in vectors.iter().zip(fractions) {
        let scaled = L::load(vector).mul(inverse).add(start);
        (least, greatest) = (least.min(scaled), greatest.max(scaled));
        let scaled = scaled.clamp(low, high);
        let fraction = scaled.sub(scaled.round());
        sum = sum.add(fraction);
        fraction.store(to);
    }
    padding.fill([PADDING; LANES]);
    network::sort::<L>(sorted);
    let shift = best_shift(&sorted[..vectors.len()], sum);
    let moved = start.add(shift);
    // Values beyond the ends do not come back to a nearest level: see what comes of it.
    let half = L::splat(0.5);
    let below = least.add(shift).less(low.sub(half));
    let above = high.add(half).less(greatest.add(shift));
    if !(below.any() || above.any()) {
        return moved.select(start, usable);
    }
    let [before, after] = tile.sums::<L, 2>(|value| {
        let squared = |zero: L| {
            let scaled = value.mul(inverse).add(zero);
            let error = scaled.sub(scaled.clamp(low, high).round());
            error.mul(error)
        };
        [squared(start), squared(moved)]
    });
    moved.select(start, after.less(before).and(usable))
}

/// The shift of least squared error, within half a level either way, of sorted fractions and their sum.
#[inline(never)]
fn best_shift<L: Quad>(sorted: &[[f32; LANES]], sum: L) -> L {
    let one = L::splat(1.0);
    let share = one.div(L::splat(sorted.len() as f32));
    let mean = sum.mul(share);
    let slope = one.sub(mean.add(mean));
    let (mut prefix, mut moved, mut least, mut cut) = (L::splat(0.0), L::splat(0.0), L::splat(0.0), L::splat(0.0));
    for fraction in sorted {
        prefix = prefix.add(L::load(fraction));
        moved = moved.add(one);
        let error = prefix.add(prefix).add(moved.mul(slope.sub(moved.mul(share))));
        let better = error.less(least);
        least = least.min(error);
        cut = moved.select(cut, better);
    }
    let mean = sum.add(cut).mul(share);
    mean.round().sub(mean)
}

/// As [`optimize`], for a group that lies by itself: a long one, or the short one at the end.
fn optimize_one(values: &[f32], scale: f32, start: f32, (low, high): (f32, f32)) -> f32 {
    let (scale, start) = (f64::from(scale), f64::from(start));
    if scale.abs() <= f64::from(LEAST_SCALE) {
        return start as f32;
    }
    let error = |value: f32, zero: f64| {
        let scaled = f64::from(value) / scale + zero;
        scaled - limit(scaled, f64::from(low), f64::from(high)).round_ties_even()
    };
    let mut sorted: Vec<u32> = values
        .iter()
        .map(|&value| ((error(value, start).clamp(-0.5, 0.5) + 0.5) * UNIT) as u32)
        .collect();
    sort_u32(&mut sorted);
    let count = values.len() as f64;
    let sum = sorted.iter().map(|&number| f64::from(number)).sum::<f64>() / UNIT - 0.5 * count;
    let (mut prefix, mut least, mut cut) = (0.0, 0.0, 0.0);
    for (index, &number) in sorted.iter().enumerate() {
        let moved = index as f64 + 1.0;
        prefix += f64::from(number) / UNIT - 0.5;
        let error = 2.0 * prefix + moved * (1.0 - (2.0 * sum + moved) / count);
        if error < least {
            (least, cut) = (error, moved);
        }
    }
    let mean = (sum + cut) / count;
    let moved = start + (mean.round_ties_even() - mean);
    let squared = |zero: f64| values.iter().map(|&value| error(value, zero).powi(2)).sum::<f64>();
    let better = squared(moved) < squared(start);
    (if better { moved } else { start }) as f32
}
