//! Limits weights to a range.

mod best;
mod limits;
#[cfg(test)]
mod tests;

use crate::error::{check_number, check_ways, parameter, unexpected};
use crate::{Outcome, Per, Step, Transform, TransformError, Unit};
use limits::Limits;
use tensorpress_json::shown;

tensorpress_json::fields! {
    /// Weights below a range become its lower end, those above it its upper end. One of four ways says which range:
    /// `min`, `max` or both; `percentile`; `sigma`; or `best`.
    ///
    /// Zeros that a step before it made stay zeros, even where the range does not hold 0.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Clip {
        /// Lower end; without it the range is open below.
        pub min: Option<f32>,
        /// Upper end, not below `min`; without it the range is open above.
        pub max: Option<f32>,
        /// From −a to a, where a is the smallest magnitude that this percentage of all magnitudes does not exceed; above 0,
        /// at most 100.
        pub percentile: Option<f64>,
        /// This many standard deviations to both sides of the mean; above 0.
        pub sigma: Option<f64>,
        /// The share of the full range, in steps of 1%, that gives the least squared error behind the quantizer that
        /// follows in the chain.
        #[cfg_attr(feature = "typescript", ts(as = "Option<bool>"))]
        pub best: bool,
        /// What `percentile`, `sigma` and `best` look at.
        #[cfg_attr(feature = "typescript", ts(as = "Option<Per>"))]
        pub per: Per = Per::Tensor,
    }
}

impl Clip {
    fn check_range(&self) -> Result<(), TransformError> {
        let min = self.min.unwrap_or(f32::MIN);
        let max = self.max.unwrap_or(f32::MAX);
        if !min.is_finite() || !max.is_finite() || min > max {
            let found = [shown(min), shown(max)].join(" to ");
            return Err(unexpected("clip.min", &found, "finite numbers in ascending order"));
        }
        Ok(())
    }

    /// Limits of the whole unit or of each channel, whose weights lie one behind the other.
    fn limits(&self, weights: &[f32], length: usize) -> Vec<Limits> {
        let of = |part: &[f32]| match (self.percentile, self.sigma) {
            (Some(percentile), _) => Limits::percentile(part, percentile),
            (_, Some(sigma)) => Limits::sigma(part, sigma),
            _ => Limits {
                min: self.min.unwrap_or(f32::MIN),
                max: self.max.unwrap_or(f32::MAX),
            },
        };
        weights.chunks(length).map(of).collect()
    }

    /// Calls `change` with the weights, in an order where those that share limits are neighbours, and with how many do.
    fn arranged(
        &self,
        unit: &mut Unit,
        change: impl FnOnce(&mut Unit, &mut [f32], usize) -> Result<(), TransformError>,
    ) -> Result<(), TransformError> {
        let weights = core::mem::take(&mut unit.weights);
        let mut gathered = self.per.gather(weights, &unit.geometry);
        let done = change(unit, &mut gathered, self.per.length(&unit.geometry));
        unit.weights = self.per.scatter(gathered, &unit.geometry);
        done
    }
}

impl Transform for Clip {
    fn check(&self) -> Result<(), TransformError> {
        let ranged = self.min.is_some() || self.max.is_some();
        let ways = [ranged, self.percentile.is_some(), self.sigma.is_some(), self.best];
        check_ways(
            "clip",
            &ways,
            "ranges, expected one of min and max, percentile, sigma, best",
        )?;
        if let Some(percentile) = self.percentile {
            let (fits, expected) = (
                percentile > 0.0 && percentile <= 100.0,
                "a percentage above 0 and at most 100",
            );
            check_number(fits, "clip.percentile", percentile, expected)?;
        }
        if let Some(sigma) = self.sigma {
            let fits = sigma > 0.0 && sigma.is_finite();
            check_number(fits, "clip.sigma", sigma, "standard deviations above 0")?;
        }
        if ranged && !self.per.is_tensor() {
            return Err(parameter("clip.per", "channel, but min and max are for all weights"));
        }
        self.check_range()
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        self.apply_before(unit, &[])
    }

    fn apply_before(&self, unit: &mut Unit, rest: &[Step]) -> Result<(), TransformError> {
        self.arranged(unit, |unit, weights, length| {
            let limits = if self.best {
                best::limits(unit, self.per, weights, length, rest)?
            } else {
                self.limits(weights, length)
            };
            limits::clamp(weights, &limits, length, unit.pruned);
            unit.outcome = Outcome::Values;
            Ok(())
        })
    }
}
