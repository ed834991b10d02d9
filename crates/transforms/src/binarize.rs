//! Two values a channel.

use crate::{Levels, Per, Transform, TransformError, Unit, signs};
use tensorpress_kernels::levels;

tensorpress_json::fields! {
    /// Each weight becomes plus or minus the mean magnitude of its channel, which is the best scale for the signs
    /// (Rastegari et al., "XNOR-Net: ImageNet Classification Using Binary Convolutional Neural Networks", 2016, section
    /// 3.1). 0 counts as positive. Where zeros were pruned they remain, as a third value, and do not count in the mean.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Binarize {
        /// Which weights share a scale. Without it those of a channel; of vectors and scalars always all.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Per>"))]
        pub per: Per = Per::Channel,
    }
}

impl Transform for Binarize {
    fn check(&self) -> Result<(), TransformError> {
        Ok(())
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        let pruned = unit.pruned;
        let table = if pruned { vec![-1.0, 0.0, 1.0] } else { vec![-1.0, 1.0] };
        let positive = table.len() as u16 - 1;
        signs::represent(unit, self.per, Levels::Table(table), |weights, codes| {
            let begin = codes.len();
            codes.resize(begin + weights.len(), 0);
            levels::signs(weights, positive, pruned.then_some(1), &mut codes[begin..]);
            signs::mean_magnitude(weights, |weight| !pruned || weight != 0.0) as f32
        });
        Ok(())
    }

    fn whole(&self) -> bool {
        self.per.is_tensor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Geometry, Outcome, Scaled, Scales, Step};
    use proptest::prelude::*;

    fn binary(recipe: &str, weights: &[f32], shape: &[usize], axis: usize, pruned: bool) -> (Vec<f32>, Scaled) {
        let step: Step = tensorpress_json::from_text(recipe).unwrap();
        step.check().unwrap();
        let mut unit = Unit::new(weights.to_vec(), Geometry::new(shape.to_vec(), axis));
        unit.pruned = pruned;
        step.apply(&mut unit).unwrap();
        let Outcome::Scaled(scaled) = unit.outcome else {
            panic!("{:?}", unit.outcome)
        };
        assert_eq!(scaled.codes.len(), weights.len());
        (unit.weights, scaled)
    }

    const EACH: &str = r#"{"binarize":{}}"#;
    const ALL: &str = r#"{"binarize":{"per":"tensor"}}"#;

    #[test]
    fn signs_times_the_mean_magnitude() {
        let weights = [1.0, -3.0, 0.0, 8.0];
        let (rows, scaled) = binary(EACH, &weights, &[2, 2], 0, false);
        assert_eq!(rows, [2.0, -2.0, 4.0, 4.0]);
        assert_eq!(scaled.codes, [1, 0, 1, 1]);
        assert_eq!(scaled.scales, Scales::F32(vec![2.0, 4.0]));
        assert_eq!(binary(EACH, &weights, &[2, 2], 1, false).0, [0.5, -5.5, 0.5, 5.5]);
        assert_eq!(binary(ALL, &weights, &[2, 2], 1, false).0, [3.0, -3.0, 3.0, 3.0]);
        let (kept, scaled) = binary(ALL, &weights, &[4], 0, true);
        assert_eq!((kept, scaled.levels.len()), (vec![4.0, -4.0, 0.0, 4.0], 3));
    }

    #[test]
    fn odd_units_pass() {
        for recipe in [EACH, ALL] {
            for shape in [vec![0], vec![3, 0], vec![0, 3]] {
                for axis in 0..shape.len() {
                    let (weights, scaled) = binary(recipe, &[], &shape, axis, false);
                    assert!(weights.is_empty());
                    assert_eq!(scaled.scales, Scales::F32(vec![0.0; scaled.grouping.scales()]));
                }
            }
            assert_eq!(binary(recipe, &[-2.5], &[], 0, false).0, [-2.5]);
            // A vector has one scale.
            assert_eq!(binary(recipe, &[1.0, -2.0], &[2], 0, false).0, [1.5, -1.5]);
            assert_eq!(binary(recipe, &[0.0; 6], &[2, 3], 0, false).0, [0.0; 6]);
            assert_eq!(binary(recipe, &[-0.25; 6], &[2, 3], 1, true).0, [-0.25; 6]);
            assert_eq!(binary(recipe, &[f32::MAX; 6], &[2, 3], 0, false).0, [f32::MAX; 6]);
        }
    }

    proptest! {
        #[test]
        fn no_other_scale_is_better_and_twice_is_once(weights in prop::collection::vec(-1f32..1.0, 1..60)) {
            let (restored, scaled) = binary(ALL, &weights, &[weights.len()], 0, false);
            let again = binary(ALL, &restored, &[weights.len()], 0, false).0;
            for (again, once) in again.iter().zip(&restored) {
                prop_assert!((again - once).abs() <= once.abs() * 1e-6);
            }
            let Scales::F32(scales) = &scaled.scales else { panic!() };
            let error = |scale: f32| weights.iter().map(|w| f64::from(w.abs() - scale).powi(2)).sum::<f64>();
            for other in [0.98, 1.02] {
                prop_assert!(error(scales[0]) <= error(scales[0] * other));
            }
        }
    }
}
