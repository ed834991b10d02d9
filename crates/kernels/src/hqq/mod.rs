//! Half-quadratic quantization's question, which zero points suit scales that are given, answered exactly.
//!
//! Source of the question: H. Badri and A. Shaji, "Half-Quadratic Quantization of Large Machine Learning Models", 2023.
//! Their solver nears a minimum of Σ|error|^0.7 in rounds. It shrinks errors below 0.14, which is far more than weights
//! have but for clipped ones, to 0, and then each round lowers the squared error: that one's least is found here.

mod network;
mod optimize;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use crate::group::{self, Levels};
use crate::quads::Four;

/// Moves the zero point of each group, scales fixed, by up to half a level to where the squared error is least. Where a
/// scale clips values the least is not certain, but no group errs more than before. Zero points are any numbers. A
/// level `q` stands for `(q − zero) · scale`.
///
/// # Panics
/// Unless `group` is at least 1 and there are a scale and a zero point for each group.
pub fn optimize_zeros(values: &[f32], group: usize, levels: Levels, scales: &[f32], zeros: &mut [f32]) {
    group::check(values, group, levels, zeros.len(), scales.len());
    optimize::optimize_zeros::<Four>(values, group, levels, scales, zeros);
}
