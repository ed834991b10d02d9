//! Lloyd's method on a line (S. Lloyd, "Least squares quantization in PCM", 1982): points go to the nearest centroid,
//! centroids to the mean of their points, until nothing changes.

use super::Init;
use crate::points::Points;
use crate::random;
use tensorpress_kernels::partition::Moments;

/// The first centroids, ascending; there are fewer of them than points.
pub(super) fn start(points: &Points, moments: &Moments, init: Init, clusters: usize, seed: u64) -> Vec<f32> {
    match init {
        Init::Linear => linear(points, clusters),
        Init::Density => density(points, moments, clusters),
        Init::Random => random(points, moments, clusters, seed),
    }
}

fn linear(points: &Points, clusters: usize) -> Vec<f32> {
    let low = f64::from(points.values[0]);
    let high = f64::from(points.values[points.len() - 1]);
    let last = clusters.saturating_sub(1).max(1) as f64;
    (0..clusters)
        .map(|i| (low + (high - low) * (i as f64 / last)) as f32)
        .collect()
}

/// The weight in the middle of each of equally many.
fn density(points: &Points, moments: &Moments, clusters: usize) -> Vec<f32> {
    let total = moments.count_before(points.len());
    let ranks = (0..clusters).map(|i| (i as f64 + 0.5) * total / clusters as f64);
    ranks.map(|rank| points.values[at_rank(moments, rank)]).collect()
}

/// Distinct points, those of more weights more likely than others.
fn random(points: &Points, moments: &Moments, clusters: usize, seed: u64) -> Vec<f32> {
    let total = moments.count_before(points.len()) as u64;
    let mut chosen = vec![false; points.len()];
    let mut left = clusters;
    // Few misses, unless most points are wanted or most weights are equal.
    for draw in 0..4 * clusters as u64 {
        if left == 0 {
            break;
        }
        let rank = random::below(random::at(seed, draw), total);
        let at = at_rank(moments, rank as f64);
        left -= usize::from(!chosen[at]);
        chosen[at] = true;
    }
    for chosen in &mut chosen {
        if left > 0 && !*chosen {
            *chosen = true;
            left -= 1;
        }
    }
    let values = points.values.iter().zip(&chosen);
    values.filter(|&(_, &chosen)| chosen).map(|(&value, _)| value).collect()
}

/// The point that the weight of this rank, counted from 0, belongs to.
fn at_rank(moments: &Moments, rank: f64) -> usize {
    let (mut first, mut last) = (0, moments.count() - 1);
    while first < last {
        let middle = first + (last - first) / 2;
        if moments.count_before(middle + 1) > rank {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    first
}

/// At most `rounds` rounds. A centroid that is nearest to no point stays where it is, and is left out in the end.
pub(super) fn improve(points: &Points, moments: &Moments, mut centroids: Vec<f32>, rounds: u32) -> Vec<f32> {
    let mut ends = territories(points, moments, &centroids);
    for _ in 0..rounds {
        let mut begin = 0;
        for (centroid, &end) in centroids.iter_mut().zip(&ends) {
            if end > begin {
                *centroid = moments.centroid(&points.values, begin, end);
            }
            begin = end;
        }
        let before = core::mem::replace(&mut ends, territories(points, moments, &centroids));
        if ends == before {
            break;
        }
    }
    let mut begin = 0;
    let mut ends = ends.into_iter();
    centroids.retain(|_| {
        let end = ends.next().unwrap_or(begin);
        core::mem::replace(&mut begin, end) < end
    });
    centroids
}

/// Where the points end that each centroid is the nearest to, the lower one in the middle of two.
fn territories(points: &Points, moments: &Moments, centroids: &[f32]) -> Vec<usize> {
    let mut begin = 0;
    let mut ends = Vec::with_capacity(centroids.len());
    for pair in centroids.windows(2) {
        let middle = (moments.measured(pair[0]) + moments.measured(pair[1])) / 2.0;
        begin += points.values[begin..].partition_point(|&value| moments.measured(value) <= middle);
        ends.push(begin);
    }
    ends.push(points.len());
    ends
}
