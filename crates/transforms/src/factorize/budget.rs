//! Ranks of many matrices under one budget.
//!
//! A component lowers the squared error by the square of its singular value and takes the bytes of its two vectors. The
//! components of a matrix are worth less and less, all at the same cost, so that taking those of all matrices in the
//! order of what a byte gains gives, at each size that it passes, the least error there is (Lagrange's multiplier is
//! the gain of the last one).

use crate::error::check_number;
use crate::{Survey, Tally, TransformError};
use tensorpress_json::{FromJson, Json, Problem, ToJson, form, write_form};

/// What the products of all tensors of a rule may take together, before entropy coding. The weights are those of all
/// matrices that the rule changes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Budget {
    /// Bits of factors for each weight, at most 32.
    BitsPerWeight(f64),
    /// Numbers of factors for each weight, at most 1.
    Share(f64),
}

const NAMES: [&str; 2] = ["bitsPerWeight", "share"];

impl FromJson for Budget {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        let (index, value) = form(json, &NAMES)?;
        let number = f64::from_json(value).map_err(|problem| problem.in_member(NAMES[index]))?;
        Ok(match index {
            0 => Budget::BitsPerWeight(number),
            _ => Budget::Share(number),
        })
    }
}

impl ToJson for Budget {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Budget::BitsPerWeight(bits) => write_form(NAMES[0], |out| bits.write(out), out),
            Budget::Share(share) => write_form(NAMES[1], |out| share.write(out), out),
        }
    }
}

impl Budget {
    pub(super) fn check(self) -> Result<(), TransformError> {
        let (field, value, most, expected) = match self {
            Budget::BitsPerWeight(bits) => ("factorize.budget.bitsPerWeight", bits, 32.0, "above 0 and at most 32"),
            Budget::Share(share) => ("factorize.budget.share", share, 1.0, "above 0 and at most 1"),
        };
        check_number(value > 0.0 && value <= most, field, value, expected)
    }

    /// The bytes, where a number of a factor takes `number` of them.
    pub(super) fn bytes(self, weights: u64, number: u64) -> f64 {
        match self {
            Budget::BitsPerWeight(bits) => bits * weights as f64 / 8.0,
            Budget::Share(share) => share * weights as f64 * number as f64,
        }
    }
}

/// The most components that make a matrix smaller.
pub(super) fn most(rows: usize, columns: usize) -> usize {
    (rows * columns).saturating_sub(1) / (rows + columns).max(1)
}

/// The gain of each component: its singular value divided by the root of its bytes. The square of that is what a byte
/// gains; it might be beyond fp32, which this is not. Descending, as the squares are.
pub(super) fn gains(squares: &[f64], bytes: u64) -> impl Iterator<Item = f32> {
    let gain = move |square: &f64| ((square / bytes as f64).sqrt() as f32).min(f32::MAX);
    squares.iter().map(gain)
}

/// The gains of a matrix above 0 and what each costs, ascending and distinct.
pub(super) fn tally(squares: &[f64], bytes: u64, most: usize) -> Tally {
    let mut tally = Tally::new();
    let cost = bytes.min(u64::from(u32::MAX)) as u32;
    for gain in gains(squares, bytes).take(most).filter(|&gain| gain > 0.0) {
        match tally.last_mut() {
            Some((last, sum)) if *last == gain.to_bits() => *sum = sum.saturating_add(cost),
            _ => tally.push((gain.to_bits(), cost)),
        }
    }
    tally.reverse();
    tally
}

/// The least gain of a component that is kept, so that all of them take at most `bytes`: in the middle between the last
/// one that fits and the next one.
pub(super) fn least_gain(survey: &Survey, bytes: f64) -> f64 {
    let points = &survey.points;
    let mut left = bytes;
    let mut last = f64::from(f32::MAX);
    for (&gain, &cost) in points.values.iter().zip(&points.counts).rev() {
        left -= f64::from(cost);
        if left < 0.0 {
            return f64::midpoint(last, f64::from(gain));
        }
        last = f64::from(gain);
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_components_fit_the_budget() {
        let mut survey = Survey::default();
        // Gains 6, 3, 1 at 100 bytes; 4, 2 at 25.
        survey.add(&tally(&[3600.0, 900.0, 100.0], 100, 9), 50);
        survey.add(&tally(&[400.0, 100.0, 0.0], 25, 9), 50);
        assert_eq!(survey.weights, 100);
        for (bytes, least) in [
            (1000.0, 0.0),
            (349.0, 1.5),
            (250.0, 1.5),
            (249.0, 2.5),
            (125.0, 3.5),
            (100.0, 5.0),
        ] {
            assert_eq!(least_gain(&survey, bytes), least, "{bytes}");
        }
        assert!(least_gain(&survey, 99.0) > 6.0);
        assert_eq!(least_gain(&Survey::default(), 99.0), 0.0);
    }

    #[test]
    fn equal_gains_cost_together_and_no_more_than_what_pays() {
        assert_eq!(
            tally(&[4.0, 4.0, 1.0], 1, 9),
            [(1f32.to_bits(), 1), (2f32.to_bits(), 2)]
        );
        assert_eq!(tally(&[4.0, 4.0, 1.0], 1, 1), [(2f32.to_bits(), 1)]);
        assert_eq!(tally(&[1e300], 1, 1), [(f32::MAX.to_bits(), 1)]);
        assert_eq!((most(2, 2), most(3, 6), most(4, 4), most(1, 9)), (0, 1, 1, 0));
    }
}
