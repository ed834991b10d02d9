//! How large weights are, which says where a search for the step begins.

use crate::lossy::Measure;
use crate::recipe::Choice;
use tensorpress_transforms::Open;

/// Ends of the search in octaves from the weights' root mean square: finer than codes can have levels, coarser than any
/// weight.
const FINEST: f64 = -22.0;
const COARSEST: f64 = 9.0;

/// The root mean squares of blocks, weighted as their rules say, as logarithms to base 2: steps are sought around them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    least: f64,
    greatest: f64,
    /// Sum over weights, and their number.
    sum: f64,
    weights: f64,
}

impl Extent {
    /// Before any block was added.
    pub(super) const NONE: Extent = Extent {
        least: f64::INFINITY,
        greatest: f64::NEG_INFINITY,
        sum: 0.0,
        weights: 0.0,
    };

    /// Adds a block, with the size 1 where its step is relative and so a share of the root mean square already.
    pub(super) fn add(&mut self, choice: &Choice, measure: &Measure) {
        if measure.signal == 0.0 {
            return;
        }
        let weights = measure.count as f64;
        let relative = choice
            .chain
            .iter()
            .any(|step| step.open() == Open::Step { relative: true });
        let square = if relative { 1.0 } else { measure.signal / weights };
        // The weight of the rule makes the step finer again.
        let size = libm::log2(square * f64::from(choice.weight)) / 2.0;
        self.least = self.least.min(size);
        self.greatest = self.greatest.max(size);
        self.sum += size * weights;
        self.weights += weights;
    }

    /// The mean over all weights; nothing where they are all zero.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.weights != 0.0).then(|| self.sum / self.weights)
    }

    /// Where a search for the step must begin and end.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.least + FINEST, self.greatest + COARSEST)
    }
}
