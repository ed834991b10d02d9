//! Three values a channel.

use crate::error::{check_threshold, parameter};
use crate::{Levels, Per, Transform, TransformError, Unit, signs};
use tensorpress_kernels::sort::sort_u32;

tensorpress_json::fields! {
    /// Weights of small magnitude become 0, the others plus or minus the mean magnitude of those others.
    ///
    /// Zeros that were pruned remain and do not count in the mean that the threshold is measured by.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Ternarize {
        /// Which weights share a scale and a threshold. Without it those of a channel; of vectors and scalars always all.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Per>"))]
        pub per: Per = Per::Channel,
        /// What is kept.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Keep>"))]
        pub keep: Keep,
        /// Threshold as a multiple of the mean magnitude, for `keep` above: 0 or more. Without it 0.7, which suits normal
        /// and uniform distributions.
        pub threshold: Option<f32>,
    }
}

/// How it is found out which weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Keep {
    /// Magnitudes above the threshold (Li, Zhang and Liu, "Ternary Weight Networks", 2016, equation 6).
    #[default]
    Above,
    /// As many of the largest as give the least squared error: the number `m` for which the square of their sum,
    /// divided by `m`, is greatest (the same paper, equation 5).
    Best,
}

tensorpress_json::names!(Keep {
    Above: "above",
    Best: "best"
});

const THRESHOLD: f32 = 0.7;
const ZERO: u16 = 1;

impl Transform for Ternarize {
    fn check(&self) -> Result<(), TransformError> {
        match self.threshold {
            Some(_) if self.keep == Keep::Best => {
                Err(parameter("ternarize.threshold", "expected only without keep best"))
            }
            threshold => check_threshold("ternarize.threshold", threshold),
        }
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        let pruned = unit.pruned;
        let factor = f64::from(self.threshold.unwrap_or(THRESHOLD));
        let levels = Levels::Integers { min: -1, max: 1 };
        signs::represent(unit, self.per, levels, |weights, codes| {
            let kept: Box<dyn Fn(f32) -> bool> = match self.keep {
                Keep::Above => {
                    let mean = signs::mean_magnitude(weights, |weight| !pruned || weight != 0.0);
                    Box::new(move |weight: f32| f64::from(weight.abs()) > factor * mean)
                }
                Keep::Best => {
                    let least = least_kept(weights);
                    Box::new(move |weight: f32| weight != 0.0 && weight.abs() >= least)
                }
            };
            codes.extend(weights.iter().map(|&weight| match kept(weight) {
                false => ZERO,
                true if weight < 0.0 => ZERO - 1,
                true => ZERO + 1,
            }));
            signs::mean_magnitude(weights, kept) as f32
        });
        Ok(())
    }

    fn whole(&self) -> bool {
        self.per.is_tensor()
    }
}

/// The least magnitude to keep for the least squared error.
fn least_kept(weights: &[f32]) -> f32 {
    // Bits of magnitudes are in the order of the magnitudes.
    let mut magnitudes: Vec<u32> = weights.iter().map(|weight| weight.abs().to_bits()).collect();
    sort_u32(&mut magnitudes);
    let mut best = (0.0, 0.0);
    let mut sum = 0.0;
    for (index, &bits) in magnitudes.iter().rev().enumerate() {
        let magnitude = f32::from_bits(bits);
        sum += f64::from(magnitude);
        // Equal ones are kept or not kept together, and keeping the first few of them is never best.
        let saved = sum * sum / (index + 1) as f64;
        if saved > best.0 {
            best = (saved, magnitude);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Geometry, Outcome, Scaled, Scales, Step};
    use proptest::prelude::*;

    fn ternary(recipe: &str, weights: &[f32], shape: &[usize], axis: usize, pruned: bool) -> (Vec<f32>, Scaled) {
        let step: Step = tensorpress_json::from_text(recipe).unwrap();
        step.check().unwrap();
        let mut unit = Unit::new(weights.to_vec(), Geometry::new(shape.to_vec(), axis));
        unit.pruned = pruned;
        step.apply(&mut unit).unwrap();
        let Outcome::Scaled(scaled) = unit.outcome else {
            panic!("{:?}", unit.outcome)
        };
        (unit.weights, scaled)
    }

    const EACH: &str = r#"{"ternarize":{}}"#;
    const ALL: &str = r#"{"ternarize":{"per":"tensor"}}"#;
    const BEST: &str = r#"{"ternarize":{"keep":"best"}}"#;

    fn squared_error(a: &[f32], b: &[f32]) -> f64 {
        a.iter()
            .zip(b)
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum()
    }

    #[test]
    fn small_ones_go_and_the_others_become_their_mean() {
        // The mean magnitude is 2.5, the threshold 1.75.
        let weights = [-4.0, 2.0, 1.0, -3.0];
        let (restored, scaled) = ternary(ALL, &weights, &[2, 2], 0, false);
        assert_eq!(restored, [-3.0, 3.0, 0.0, -3.0]);
        assert_eq!(
            (scaled.codes, scaled.scales),
            (vec![0, 2, 1, 0], Scales::F32(vec![3.0]))
        );
        assert_eq!(ternary(EACH, &weights, &[2, 2], 0, false).0, [-4.0, 0.0, 0.0, -3.0]);
        assert_eq!(ternary(EACH, &weights, &[2, 2], 1, false).0, [-4.0, 2.5, 0.0, -2.5]);
        let all = r#"{"ternarize":{"per":"tensor","threshold":0}}"#;
        assert_eq!(ternary(all, &weights, &[4], 0, false).0, [-2.5, 2.5, 2.5, -2.5]);
        // Pruned zeros do not lower the threshold: the mean is 2, the threshold 1.4.
        let rest = [0.0, 0.0, 0.0, 1.0, -3.0];
        assert_eq!(ternary(ALL, &rest, &[5], 0, true).0, [0.0, 0.0, 0.0, 0.0, -3.0]);
        assert_eq!(ternary(ALL, &rest, &[5], 0, false).0, [0.0, 0.0, 0.0, 2.0, -2.0]);
    }

    #[test]
    fn odd_units_pass() {
        for recipe in [EACH, ALL, BEST] {
            for shape in [vec![0], vec![3, 0], vec![0, 3]] {
                assert!(ternary(recipe, &[], &shape, 0, false).0.is_empty());
            }
            assert_eq!(ternary(recipe, &[-2.5], &[], 0, false).0, [-2.5]);
            let (zero, scaled) = ternary(recipe, &[0.0; 6], &[2, 3], 0, false);
            assert_eq!((zero, scaled.codes), (vec![0.0; 6], vec![ZERO; 6]));
            assert_eq!(ternary(recipe, &[-0.25; 6], &[2, 3], 1, true).0, [-0.25; 6]);
            // One outlier is all that is kept.
            assert_eq!(ternary(recipe, &[1.0, -1e20, 1.0], &[3], 0, false).0, [0.0, -1e20, 0.0]);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for recipe in [
            r#"{"ternarize":{"threshold":-1}}"#,
            r#"{"ternarize":{"threshold":1,"keep":"best"}}"#,
        ] {
            assert!(tensorpress_json::from_text::<Step>(recipe).unwrap().check().is_err());
        }
    }

    proptest! {
        #[test]
        fn best_is_best_of_all_numbers_kept(weights in prop::collection::vec(-8i8..8, 1..40)) {
            let weights: Vec<f32> = weights.into_iter().map(f32::from).collect();
            let shape = [1, weights.len()];
            let (restored, _) = ternary(BEST, &weights, &shape, 0, false);
            let found = squared_error(&restored, &weights);
            prop_assert!(found <= squared_error(&ternary(EACH, &weights, &shape, 0, false).0, &weights) + 1e-4);
            let mut magnitudes: Vec<f64> = weights.iter().map(|w| f64::from(w.abs())).collect();
            magnitudes.sort_by(|a, b| b.total_cmp(a));
            let total: f64 = magnitudes.iter().map(|m| m * m).sum();
            let saved = (1..=magnitudes.len()).map(|m| magnitudes[..m].iter().sum::<f64>().powi(2) / m as f64);
            let least = total - saved.fold(0.0, f64::max);
            prop_assert!((found - least).abs() <= 1e-4, "{} against {}", found, least);
        }
    }
}
