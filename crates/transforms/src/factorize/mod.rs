//! Matrices as products of two thin ones.

mod budget;
mod eigen;
mod remainder;
mod spectrum;
mod svd;
#[cfg(test)]
mod tests;

use crate::error::{check_number, check_ways, parameter, unsuitable};
use crate::{Factor, LowRank, Open, Outcome, Step, Survey, Tally, Transform, TransformError, Unit};
pub use budget::Budget;
pub use spectrum::{rank_for_energy, rank_for_error, singular_values};
use svd::Components;
use tensorpress_json::shown;

tensorpress_json::fields! {
    /// Replaces a matrix by the product of two thin ones, its truncated singular value decomposition, which has the least
    /// squared error of all products of that rank (Eckart and Young, 1936). One of `rank`, `energy`, `error`, `gain` and
    /// `budget` says how thin.
    ///
    /// The matrix of a tensor has a row for each channel where the channels' axis is the first, else a row for each
    /// combination of the dimensions before it. Vectors, scalars and empty tensors stay as they are, and so does what the
    /// product would not make smaller than fp32 is.
    #[derive(Debug, Clone, PartialEq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields, rename_all = "camelCase"))]
    pub struct Factorize {
        /// Rank of the product, from 1; a matrix that has a lower rank gets that.
        pub rank: Option<u32>,
        /// Share of the sum of squares to be kept, above 0 and at most 1.
        pub energy: Option<f64>,
        /// Largest relative error in the Frobenius norm, above 0 and below 1: 0.1 is 20 dB.
        /// It holds for what is restored, all rounding included.
        pub error: Option<f64>,
        /// Components are kept whose singular value, divided by the root of the bytes that their two vectors take, is at
        /// least this; as many as make the matrix smaller. Not negative.
        pub gain: Option<f64>,
        /// What the products of all tensors of the rule may take together. The components with the greatest `gain` are
        /// kept, whichever tensor they belong to: no other choice of ranks of the same size has a smaller squared error.
        pub budget: Option<Budget>,
        /// Share of the weights, 0 to 1, whose error is stored and added: those where it is the largest. The product is
        /// then chosen for the others.
        #[cfg_attr(feature = "typescript", ts(as = "Option<f64>"))]
        pub sparse: f64,
        /// How the numbers of the thin matrices are stored.
        #[cfg_attr(feature = "typescript", ts(as = "Option<FactorType>"))]
        pub factors: FactorType,
    }
}

/// How numbers of a factor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum FactorType {
    /// fp32.
    F32,
    /// fp16, unless they exceed its range: then fp32.
    #[default]
    F16,
    /// Integers of −127 to 127, with a scale for each component of the product.
    Int8,
}

tensorpress_json::names!(FactorType {
    F32: "f32",
    F16: "f16",
    Int8: "int8"
});

impl FactorType {
    /// Bytes of a number.
    fn bytes(self) -> u64 {
        match self {
            FactorType::F32 => 4,
            FactorType::F16 => 2,
            FactorType::Int8 => 1,
        }
    }

    /// Bytes of a component's two vectors, their scales included.
    fn component_bytes(self, rows: usize, columns: usize) -> u64 {
        let scales = if self == FactorType::Int8 { 8 } else { 0 };
        (rows + columns) as u64 * self.bytes() + scales
    }

    fn store(self, values: Vec<f32>, length: usize) -> Factor {
        match self {
            FactorType::F32 => Factor::F32(values),
            FactorType::F16 => {
                let most = values.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
                // Between fp16's largest number and where its steps become coarse.
                if most == 0.0 || (1e-3..65_504.0).contains(&most) {
                    Factor::f16(&values)
                } else {
                    Factor::F32(values)
                }
            }
            FactorType::Int8 => Factor::int8(&values, length),
        }
    }
}

impl Factorize {
    /// The rank by the square of each singular value.
    fn choose_rank(&self, squares: &[f64], rows: usize, columns: usize) -> usize {
        let chosen = match (self.rank, self.energy, self.error) {
            (Some(rank), ..) => rank as usize,
            (_, Some(energy), _) => spectrum::for_energy(squares, energy),
            (.., Some(error)) => spectrum::for_error(squares, error),
            _ => self.gain.map_or(0, |gain| {
                let gains = budget::gains(squares, self.factors.component_bytes(rows, columns));
                let kept = gains.take_while(|&found| f64::from(found) >= gain);
                kept.take(budget::most(rows, columns)).count()
            }),
        };
        // What is 0 adds nothing.
        chosen.min(squares.iter().filter(|&&square| square > 0.0).count())
    }

    /// The representation of a matrix by the first components of another one, which differs from it where single
    /// errors are to be stored.
    fn represent(&self, matrix: &[f32], components: &Components, rank: usize) -> LowRank {
        let (left, right) = components.factors(rank);
        let mut low_rank = LowRank {
            rows: components.rows,
            columns: components.columns,
            rank,
            left: self.factors.store(left, components.rows),
            right: self.factors.store(right, components.columns),
            remainder: Vec::new(),
        };
        let number = remainder::number(self.sparse, matrix.len());
        if number > 0 {
            low_rank.remainder = remainder::largest(matrix, &low_rank.product(), number);
        }
        low_rank
    }
}

/// Rows and columns of the matrix that a tensor is for the purpose; without copying.
fn as_matrix(unit: &Unit) -> (usize, usize) {
    let geometry = &unit.geometry;
    match geometry.axis {
        0 => (geometry.channels(), geometry.inner()),
        _ => (geometry.outer(), geometry.channels() * geometry.inner()),
    }
}

impl Transform for Factorize {
    fn check(&self) -> Result<(), TransformError> {
        let ways = [
            self.rank.is_some(),
            self.energy.is_some(),
            self.error.is_some(),
            self.gain.is_some(),
            self.budget.is_some(),
        ];
        check_ways(
            "factorize",
            &ways,
            "bounds, expected one of rank, energy, error, gain, budget",
        )?;
        check_number(self.rank != Some(0), "factorize.rank", 0.0, "1 or more")?;
        if let Some(energy) = self.energy {
            let fits = energy > 0.0 && energy <= 1.0;
            check_number(fits, "factorize.energy", energy, "above 0 and at most 1")?;
        }
        if let Some(error) = self.error {
            check_number(error > 0.0 && error < 1.0, "factorize.error", error, "between 0 and 1")?;
        }
        if let Some(gain) = self.gain {
            let fits = gain >= 0.0 && gain.is_finite();
            check_number(fits, "factorize.gain", gain, "a finite number that is not negative")?;
        }
        if let Some(budget) = self.budget {
            budget.check()?;
            if self.sparse != 0.0 {
                return Err(parameter("factorize.sparse", "expected only together with no budget"));
            }
        }
        let fits = (0.0..=1.0).contains(&self.sparse);
        check_number(fits, "factorize.sparse", self.sparse, "0 to 1")
    }

    fn apply(&self, unit: &mut Unit) -> Result<(), TransformError> {
        let (rows, columns) = as_matrix(unit);
        if self.budget.is_some() {
            let detail = "no gain for all tensors, expected the planner's";
            return Err(parameter("factorize.budget", detail));
        }
        if rows.min(columns) < 2 {
            return Ok(());
        }
        if unit.pruned {
            let detail = "zeros that were pruned would not stay zero in a product".to_owned();
            return Err(unsuitable(detail));
        }
        let plain = Components::of(&unit.weights, rows, columns);
        let choose_rank = |squares: &[f64]| self.choose_rank(squares, rows, columns);
        let rank = choose_rank(&plain.squares);
        let number = remainder::number(self.sparse, unit.weights.len());
        let components = remainder::components(&unit.weights, plain, rank, number, choose_rank);
        let mut rank = choose_rank(&components.squares);
        let mut low_rank = self.represent(&unit.weights, &components, rank);
        let mut restored = low_rank.restore();
        if let Some(bound) = self.error {
            // Rounding the factors may have exceeded the bound.
            while !spectrum::within(&unit.weights, &restored, bound) {
                if rank == components.squares.len() {
                    let detail = format!(
                        "no product of {:?} factors is within an error of {}",
                        self.factors,
                        shown(bound)
                    );
                    return Err(unsuitable(detail));
                }
                rank = (rank + rank / 16 + 1).min(components.squares.len());
                low_rank = self.represent(&unit.weights, &components, rank);
                restored = low_rank.restore();
            }
        }
        if low_rank.bytes() >= 4 * unit.weights.len() || !restored.iter().all(|weight| weight.is_finite()) {
            return Ok(());
        }
        unit.weights = restored;
        unit.outcome = Outcome::LowRank(low_rank);
        Ok(())
    }

    fn open(&self) -> Open {
        self.budget.map_or(Open::Nothing, |_| Open::Together)
    }

    fn survey(&self, unit: &Unit) -> Option<Tally> {
        let (rows, columns) = as_matrix(unit);
        if rows.min(columns) < 2 || unit.pruned {
            return None;
        }
        let squares = Components::of(&unit.weights, rows, columns).squares;
        let bytes = self.factors.component_bytes(rows, columns);
        Some(budget::tally(&squares, bytes, budget::most(rows, columns)))
    }

    fn settle(&mut self, _before: &[Step], survey: &Survey) {
        if let Some(budget) = self.budget.take() {
            let most = budget.bytes(survey.weights, self.factors.bytes());
            self.gain = Some(budget::least_gain(survey, most));
        }
    }

    fn whole(&self) -> bool {
        true
    }
}
