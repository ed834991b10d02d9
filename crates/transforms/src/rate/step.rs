//! The quantizer as a step of a chain.

use super::{RateOptions, quantize};
use crate::error::{parameter, unsuitable};
use crate::{Open, Outcome, Transform, TransformError, Unit};
use tensorpress_kernels::statistics::statistics;

tensorpress_json::fields! {
    /// Quantizes for the coder: one step for all weights, and codes that are chosen by what they cost in bits as well as by
    /// their distance. Without a `step` the planner chooses one for the whole model, which is best for squared error.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Rate {
        /// Distance of neighbouring levels, above 0.
        pub step: Option<f32>,
        /// Takes the step, given here or chosen by the planner, as a share of each unit's root mean square. Tensors of small
        /// weights then lose as little, for their size, as those of large ones: worth more to most networks than the least
        /// squared error of all weights together, at a few percent of the bits.
        pub relative: Option<bool>,
        /// What a bit is worth, in squares of the step, 0 to 100. Without it 0.13, with a trellis 0.22.
        pub lambda: Option<f32>,
        /// The logarithm of the number of the trellis's states, 2 to 5; 0, or absent: none. A trellis takes up to
        /// half as long again and saves 4 to 6% of the bits.
        pub trellis: Option<u8>,
        /// The most contexts of the coder, 1 to 16. Without it 8.
        pub contexts: Option<usize>,
        /// How often codes are chosen, with the statistics of the time before; at least 1. Without it 2, with a
        /// trellis 3.
        pub passes: Option<u8>,
    }
}

impl Rate {
    /// What the quantizer is told.
    fn options(&self, step: f32) -> RateOptions {
        let base = match self.trellis.unwrap_or(0) {
            0 => RateOptions::scalar(step),
            states => RateOptions::trellis(step, states),
        };
        RateOptions {
            lambda: self.lambda.unwrap_or(base.lambda),
            contexts: self.contexts.unwrap_or(base.contexts),
            passes: self.passes.unwrap_or(base.passes),
            ..base
        }
    }
}

impl Rate {
    /// What the step is a multiple of.
    fn scale_of(&self, weights: &[f32]) -> f32 {
        let found = statistics(weights);
        if self.relative != Some(true) || found.squares == 0.0 {
            return 1.0;
        }
        (found.squares / found.count as f64).sqrt() as f32
    }
}

impl Transform for Rate {
    fn check(&self) -> Result<(), TransformError> {
        self.options(self.step.unwrap_or(1.0)).check()
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        if unit.outcome != Outcome::Values {
            return Err(unsuitable("the step before rate has chosen a representation already"));
        }
        if unit.weights.is_empty() {
            return Ok(());
        }
        let Some(step) = self.step.or(unit.context.step) else {
            return Err(parameter("rate.step", "none, and the planner has chosen none"));
        };
        let mut options = self.options(step * self.scale_of(&unit.weights));
        if let Some(most) = unit.context.max_error {
            // The farthest that a weight is from a point is half a step, with a trellis a whole one.
            let reach = if options.trellis == 0 { 0.5 } else { 1.0 };
            options.step = options.step.min(most / reach * 0.9999);
            options.max_error = Some(most);
            if options.step <= 0.0 {
                return Err(unsuitable("no step is fine enough"));
            }
        }
        // The planner's step may be beyond what a grid can hold; the recipe's was checked.
        options.check().map_err(|error| unsuitable(error.to_string()))?;
        let (_, columns) = unit.geometry.rows_and_columns();
        let quantized = quantize(&unit.weights, columns, &options)?;
        unit.weights.clear();
        unit.weights.extend(quantized.values());
        unit.outcome = Outcome::Grid(quantized);
        Ok(())
    }

    fn open(&self) -> Open {
        match self.step {
            Some(_) => Open::Nothing,
            None => Open::Step {
                relative: self.relative == Some(true),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Geometry;

    #[test]
    fn a_relative_step_does_not_depend_on_the_size_of_the_weights() {
        let weights: Vec<f32> = (0..4096).map(|i| ((i * 37 % 101) as f32 - 50.0) / 64.0).collect();
        let restored = |scale: f32| {
            let scaled = weights.iter().map(|weight| weight * scale).collect();
            let mut unit = Unit::new(scaled, Geometry::new(vec![64, 64], 0));
            let rate = Rate {
                step: Some(0.25),
                relative: Some(true),
                ..Rate::default()
            };
            rate.apply(&mut unit).unwrap();
            unit.weights.iter().map(|weight| weight / scale).collect::<Vec<f32>>()
        };
        // A power of two changes nothing but exponents.
        assert_eq!(restored(1.0), restored(1.0 / 1024.0));
    }

    #[test]
    fn zeros_have_a_step_too() {
        let mut unit = Unit::new(vec![0.0; 64], Geometry::new(vec![8, 8], 0));
        let rate = Rate {
            step: Some(0.25),
            relative: Some(true),
            ..Rate::default()
        };
        rate.apply(&mut unit).unwrap();
        assert_eq!(unit.weights, [0.0; 64]);
    }
}
