//! What decides how weights become codes.

use crate::TransformError;
use crate::error::{check_number, check_single, unexpected};
use tensorpress_entropy::grid::{MAX_CONTEXTS, Trellis};
use tensorpress_json::shown;

/// How to quantize.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateOptions {
    /// Distance of two points of the grid. With a trellis a code chooses among every second of them, so that the same
    /// rate needs about 0.55 of the step. At least 1/32,000 of the largest weight.
    pub step: f32,
    /// What a bit is worth, in squares of the step. What is best changes little with the rate.
    pub lambda: f32,
    /// The logarithm of the number of the trellis's states, 2 to 5; 0 for none.
    pub trellis: u8,
    /// The most contexts of the coder, 1 to 16.
    pub contexts: usize,
    /// How often codes are chosen, with the tables of the time before; at least 1.
    pub passes: u8,
    /// Whether points are moved to the means of the weights that they stand for.
    pub offsets: bool,
    /// No weight changes by more than this. Needs a step of at most twice as much, with a trellis of at most as much.
    /// Points then stay where they are.
    pub max_error: Option<f32>,
}

impl RateOptions {
    /// The best of everything but a trellis. What a bit is worth was tried on MiniLM's weights at 12 and 16 dB, where 0.1 to
    /// 0.18 differ by 0.1%.
    pub const fn scalar(step: f32) -> Self {
        Self {
            step,
            lambda: 0.13,
            trellis: 0,
            contexts: 8,
            passes: 2,
            offsets: true,
            max_error: None,
        }
    }

    /// With a trellis of `2^log_states` states, whose tables differ more from those of the nearest codes.
    pub const fn trellis(step: f32, log_states: u8) -> Self {
        Self {
            lambda: 0.22,
            passes: 3,
            trellis: log_states,
            ..Self::scalar(step)
        }
    }

    /// Refuses what makes no sense, whatever the weights.
    pub fn check(&self) -> Result<(), TransformError> {
        let fits = self.step > 0.0 && (self.step * 131_072.0).is_finite();
        check_single(fits, "rate.step", self.step, "a number above 0 and below 2^110")?;
        let fits = self.lambda >= 0.0 && self.lambda <= 100.0;
        check_single(fits, "rate.lambda", self.lambda, "a number from 0 to 100")?;
        let fits = self.trellis == 0 || Trellis::new(self.trellis).is_some();
        check_number(fits, "rate.trellis", self.trellis.into(), "0, or 2 to 5")?;
        let fits = (1..=MAX_CONTEXTS).contains(&self.contexts);
        check_number(fits, "rate.contexts", self.contexts as f64, "1 to 16")?;
        check_number(self.passes > 0, "rate.passes", 0.0, "at least 1")?;
        let reach = if self.trellis == 0 { self.step * 0.5 } else { self.step };
        match self.max_error {
            Some(most) if most.is_nan() || most < reach => Err(unexpected(
                "rate.maxError",
                &shown(most),
                &format!(
                    "at least {}, the farthest that a weight is from a point with this step",
                    shown(reach)
                ),
            )),
            _ => Ok(()),
        }
    }
}
