//! One code at a time.

use super::model::Model;
use super::reconstruction::Reconstruction;

/// Largest magnitude of a code.
pub(super) const MOST: f32 = 32_767.0;

/// The nearest code's magnitude to a magnitude in steps.
#[inline(always)]
pub(super) fn nearest(steps: f32) -> u32 {
    (steps + 0.5).min(MOST) as u32
}

/// What decides which code is cheapest.
pub(super) struct Prices<'a> {
    pub(super) model: &'a Model,
    pub(super) points: &'a Reconstruction,
    /// The most that a weight may change, in steps.
    pub(super) limit: f32,
}

impl Prices<'_> {
    /// Chooses among the nearest code, the next towards zero, and zero. Gives the magnitude.
    #[inline(always)]
    pub(super) fn choose(&self, steps: f32, context: u8) -> u32 {
        let near = nearest(steps);
        if near == 0 {
            return 0;
        }
        let (mut best, mut least) = (near, self.cost(steps, context, near));
        for other in [near - 1, 0] {
            let found = self.cost(steps, context, other);
            if found < least {
                (best, least) = (other, found);
            }
            if near > 3 {
                // From there zero is never cheaper.
                break;
            }
        }
        best
    }

    #[inline(always)]
    fn cost(&self, steps: f32, context: u8, magnitude: u32) -> f32 {
        let error = steps - self.points.place(magnitude);
        let over = if error.abs() > self.limit { f32::INFINITY } else { 0.0 };
        error * error + self.model.cost(context, magnitude) + over
    }
}
