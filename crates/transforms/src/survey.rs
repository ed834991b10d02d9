//! What is known of all units of a rule, where a step is settled for all of them together.

use crate::points::Points;

/// Numbers of a unit by their bits, ascending as numbers, each with a weight.
pub type Tally = Vec<(u32, u32)>;

/// The most numbers that are kept; beyond twice as many the closest ones are merged.
const MAX_POINTS: usize = 1 << 20;

/// The sum of tallies. It depends on their order alone, and that only where there are too many numbers to keep.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    pub(crate) points: Points,
    /// Weights of the units.
    pub(crate) weights: u64,
}

impl Survey {
    /// Adds the tally of a unit of so many weights.
    pub fn add(&mut self, tally: &Tally, weights: u64) {
        let numbers = tally.iter().map(|&(bits, weight)| (f32::from_bits(bits), weight));
        self.points.join(numbers);
        self.weights += weights;
        if self.points.len() > 2 * MAX_POINTS {
            self.points = self.points.merged(MAX_POINTS);
        }
    }
}
