//! Half-quadratic quantization: zero points that make weights' errors sparse.
//!
//! Source: H. Badri and A. Shaji, "Half-Quadratic Quantization of Large Machine Learning Models", 2023, and the
//! published `hqq/core/optimize.py` for its constants.

mod optimize;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use crate::group::{self, Levels};
use crate::quads::Four;

/// Moves the zero point of each group, scales fixed, by at most 20 rounds of the half-quadratic solver for
/// min Σ|error|^0.7, and keeps of all rounds that with the least squared error. Zero points are any numbers. A level
/// `q` stands for `(q − zero) · scale`.
///
/// # Panics
/// Unless `group` is at least 1 and there are a scale and a zero point for each group.
pub fn optimize_zeros(values: &[f32], group: usize, levels: Levels, scales: &[f32], zeros: &mut [f32]) {
    group::check(values, group, levels, zeros.len(), scales.len());
    optimize::optimize_zeros::<Four>(values, group, levels, scales, zeros);
}
