//! Ranges, and how weights give them.

/// A range; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    pub(super) min: f32,
    pub(super) max: f32,
}

impl Limits {
    /// The least range that holds all weights.
    pub(super) fn full(weights: &[f32]) -> Self {
        let empty = Limits {
            min: f32::MAX,
            max: f32::MIN,
        };
        weights.iter().fold(empty, |limits, &weight| Limits {
            min: limits.min.min(weight),
            max: limits.max.max(weight),
        })
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
        let rank = (percentile / 100.0 * weights.len() as f64).ceil() as usize;
        let mut magnitudes: Vec<u32> = weights.iter().map(|weight| weight.abs().to_bits()).collect();
        if magnitudes.is_empty() {
            return Self::full(weights);
        }
        // Bits of magnitudes are in the order of the magnitudes.
        let at = rank.clamp(1, magnitudes.len()) - 1;
        let most = f32::from_bits(*magnitudes.select_nth_unstable(at).1);
        Limits { min: -most, max: most }
    }

    /// Around the mean, by the standard deviation of a population.
    pub(super) fn sigma(weights: &[f32], sigma: f64) -> Self {
        if weights.is_empty() {
            return Self::full(weights);
        }
        let count = weights.len() as f64;
        let mean = weights.iter().fold(0.0, |sum, &weight| sum + f64::from(weight)) / count;
        let squares = weights.iter().fold(0.0, |sum, &weight| {
            let distance = f64::from(weight) - mean;
            sum + distance * distance
        });
        let reach = sigma * (squares / count).sqrt();
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
                *weight = weight.clamp(limits.min, limits.max);
            }
        }
    }
}
