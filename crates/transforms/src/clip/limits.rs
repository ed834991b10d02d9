//! Ranges, and how weights give them.

use tensorpress_kernels::floats::limit;
use tensorpress_kernels::group_ranges::range;
use tensorpress_kernels::magnitudes::kth_magnitude;
use tensorpress_kernels::statistics::statistics;

/// A range; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    pub(super) min: f32,
    pub(super) max: f32,
}

impl Limits {
    /// The least range that holds all weights; 0 where there are none.
    pub(super) fn full(weights: &[f32]) -> Self {
        let range = range(weights);
        Limits {
            min: range.min,
            max: range.max,
        }
    }

    /// The range shrunk towards 0.
    pub(super) fn share(self, share: f32) -> Self {
        Limits {
            min: self.min * share,
            max: self.max * share,
        }
    }

    /// Symmetric, by the nearest rank among the magnitudes.
    pub(super) fn percentile(weights: &[f32], percentile: f64) -> Self {
        let rank = (percentile / 100.0 * weights.len() as f64).ceil() as u64;
        match kth_magnitude(weights, rank.max(1) - 1) {
            Some(most) => Limits { min: -most, max: most },
            None => Self::full(weights),
        }
    }

    /// Around the mean, by the standard deviation of a population.
    pub(super) fn sigma(weights: &[f32], sigma: f64) -> Self {
        let statistics = statistics(weights);
        let mean = statistics.mean();
        let reach = sigma * statistics.variance().sqrt();
        // Finite, because the largest fp32 may be exceeded; in order, because both are rounded the same way.
        let limit = |end: f64| (end as f32).clamp(f32::MIN, f32::MAX);
        Limits {
            min: limit(mean - reach),
            max: limit(mean + reach),
        }
    }
}

/// Clamps each `length` weights to their limits.
pub(super) fn clamp(weights: &mut [f32], limits: &[Limits], length: usize, keep_zeros: bool) {
    for (part, limits) in weights.chunks_mut(length).zip(limits) {
        let zeros_fit = limits.min <= 0.0 && limits.max >= 0.0;
        for weight in part {
            if zeros_fit || !keep_zeros || *weight != 0.0 {
                *weight = limit(*weight, limits.min, limits.max);
            }
        }
    }
}
