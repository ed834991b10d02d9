//! Sets weights to zero.

mod pattern;
mod slices;
#[cfg(test)]
mod tests;
mod weights;

use crate::error::{check_number, check_strays, check_threshold, check_ways};
use crate::{Open, Outcome, Transform, TransformError, Unit};
pub use pattern::Pattern;

tensorpress_json::fields! {
    /// Sets weights to zero: single ones or whole rows, columns or channels; the smallest, random ones, or given ones.
    ///
    /// One of four ways says how many: `sparsity`, `threshold`, `pattern`, or `positions`. Zeros that were there count as
    /// pruned. The steps behind represent zeros exactly from then on.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Prune {
        /// Share to be set to zero, 0 to 1: of `n` weights or slices exactly `sparsity · n`, rounded to the nearest whole
        /// number, halves up. Among equals the first ones go.
        pub sparsity: Option<f64>,
        /// Whether `sparsity` is that of all tensors of the model that such a rule applies to, so that all their weights
        /// are ranked together and some tensors lose more than others.
        #[cfg_attr(feature = "typescript", ts(as = "Option<bool>"))]
        pub global: bool,
        /// Magnitude, or norm of a slice, below which it goes; not negative.
        pub threshold: Option<f32>,
        /// Largest magnitudes kept of each few neighbours, such as `"2:4"`.
        pub pattern: Option<Pattern>,
        /// The axis along which the weights of a `pattern` are neighbours. Without it that of the inputs: the second axis
        /// where the channels' is the first, else the one before the channels'.
        pub axis: Option<usize>,
        /// Numbers of the weights to go, in row-major order of the tensor, or of slices.
        pub positions: Option<Vec<u64>>,
        /// What is pruned as a whole.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Of>"))]
        pub of: Of,
        /// How a slice is ranked.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Norm>"))]
        pub norm: Norm,
        /// Which go first where `sparsity` says how many.
        #[cfg_attr(feature = "typescript", ts(as = "Option<By>"))]
        pub by: By,
        /// Chooses among random orders. The order depends on the seed, the tensor and the weights' numbers alone.
        #[cfg_attr(feature = "typescript", ts(as = "Option<u32>"))]
        pub seed: u32,
    }
}

/// What is pruned as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Of {
    /// Single weights.
    #[default]
    Weights,
    /// Slices of the first axis.
    Rows,
    /// Slices of the last axis.
    Columns,
    /// Slices of the axis of the output channels.
    Channels,
}

tensorpress_json::names!(Of {
    Weights: "weights",
    Rows: "rows",
    Columns: "columns",
    Channels: "channels"
});

/// The norm of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Norm {
    /// Sum of magnitudes.
    L1,
    /// Root of the sum of squares.
    #[default]
    L2,
}

tensorpress_json::names!(Norm { L1: "l1", L2: "l2" });

/// Which go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum By {
    /// The smallest magnitude, or norm.
    #[default]
    Magnitude,
    /// Any, as the seed has it.
    Random,
}

tensorpress_json::names!(By {
    Magnitude: "magnitude",
    Random: "random"
});

/// `share` of `n`, rounded to the nearest whole number, halves up.
fn count(share: f64, n: usize) -> usize {
    ((share * n as f64 + 0.5) as usize).min(n)
}

impl Prune {
    fn check_ways(&self) -> Result<(), TransformError> {
        let ways = [
            self.sparsity.is_some(),
            self.threshold.is_some(),
            self.pattern.is_some(),
            self.positions.is_some(),
        ];
        let expected = "ways to choose, expected one of sparsity, threshold, pattern, positions";
        check_ways("prune", &ways, expected)?;
        check_strays(&[
            ("prune.global", self.global && self.sparsity.is_none(), "sparsity"),
            ("prune.global", self.global && self.of != Of::Weights, "of weights"),
            ("prune.global", self.global && self.by == By::Random, "by magnitude"),
            ("prune.by", self.by == By::Random && self.sparsity.is_none(), "sparsity"),
            ("prune.seed", self.seed != 0 && self.by != By::Random, "by random"),
            ("prune.axis", self.axis.is_some() && self.pattern.is_none(), "pattern"),
            (
                "prune.of",
                self.of != Of::Weights && self.pattern.is_some(),
                "no pattern",
            ),
            (
                "prune.norm",
                self.norm != Norm::L2 && self.of == Of::Weights,
                "of rows, columns or channels",
            ),
        ])
    }
}

impl Transform for Prune {
    fn check(&self) -> Result<(), TransformError> {
        self.check_ways()?;
        if let Some(sparsity) = self.sparsity {
            check_number((0.0..=1.0).contains(&sparsity), "prune.sparsity", sparsity, "0 to 1")?;
        }
        check_threshold("prune.threshold", self.threshold)
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        if let Some(pattern) = self.pattern {
            pattern::apply(pattern, self.axis, unit)?;
        } else if self.of == Of::Weights {
            weights::apply(self, unit)?;
        } else {
            slices::apply(self, unit)?;
        }
        // -0 would be another value than 0.
        for weight in &mut unit.weights {
            if *weight == 0.0 {
                *weight = 0.0;
            }
        }
        unit.pruned |= unit.weights.contains(&0.0);
        unit.outcome = Outcome::Values;
        Ok(())
    }

    fn open(&self) -> Open {
        match self.sparsity {
            Some(sparsity) if self.global => Open::Threshold {
                sparsity: sparsity as f32,
            },
            _ => Open::Nothing,
        }
    }

    fn whole(&self) -> bool {
        // A pattern or a threshold looks at a few weights at a time.
        self.sparsity.is_some() && !self.global || self.of != Of::Weights
    }
}
