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

/// Chooses among the nearest code, the next towards zero, and zero. `limit` is the most that a weight may change, in
/// steps. Gives the magnitude.
#[inline(always)]
pub(super) fn choose(steps: f32, context: u8, model: &Model, lambda: f32, points: &Reconstruction, limit: f32) -> u32 {
    let near = nearest(steps);
    if near == 0 {
        return 0;
    }
    let cost = |magnitude: u32| {
        let error = steps - points.place(magnitude);
        let over = if error.abs() > limit { f32::INFINITY } else { 0.0 };
        error * error + model.cost(context, 0, magnitude, lambda) + over
    };
    let (mut best, mut least) = (near, cost(near));
    for other in [near - 1, 0] {
        let found = cost(other);
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
