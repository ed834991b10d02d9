//! Scales and zero points of groups of values, chosen so that quantization errs least.
//!
//! A level `q` within `low..=high` stands for `(q − zero) · scale`. Values come as groups that follow one another, all
//! of `group` values but for the last, which may be short. Written once over four lanes: groups lie side by side, a
//! group a lane.

mod affine;
mod scales;
mod search;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;
pub(crate) mod tile;

use crate::quads::{Four, Quad};

/// The integers that values are rounded to; both ends are levels. Magnitudes are at most 2^18.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// The least.
    pub low: i32,
    /// The greatest.
    pub high: i32,
}

impl Levels {
    pub(crate) fn ends(self) -> (f32, f32) {
        (self.low as f32, self.high as f32)
    }

    fn check_fitted(self) {
        assert!(
            self.high - self.low < MOST_FITTED_LEVELS,
            "levels from {} to {}: more than {MOST_FITTED_LEVELS}",
            self.low,
            self.high
        );
    }

    fn check(self) {
        assert!(
            self.low < self.high && self.low >= -(1 << 18) && self.high <= 1 << 18,
            "levels from {} to {}",
            self.low,
            self.high
        );
    }
}

/// Scales this small are left as they are: their inverse may be too large.
pub(crate) const LEAST_SCALE: f32 = 1e-30;

/// Inverse scales that are tried, as multiples of the first.
const FACTORS: [f32; 13] = [1.0, 0.9, 0.94, 0.97, 1.03, 1.06, 1.1, 1.14, 1.18, 1.22, 1.27, 1.33, 1.4];
/// The most levels for which squared errors are solved for: of more, the fits' single-precision sums say nothing, and
/// rounding to the range's own levels is as good.
pub const MOST_FITTED_LEVELS: i32 = 4096;

/// How often the best is then solved for again, with the values rounded anew.
const POLISH: usize = 2;

/// 1 / scale, or 0 where that is no number to work with, and the mask of where it is one.
#[inline(always)]
pub(crate) fn inverse<L: Quad>(scale: L) -> (L, L) {
    let one = L::splat(1.0);
    let usable = L::splat(LEAST_SCALE).less(scale.abs());
    (one.div(scale.select(one, usable)).and(usable), usable)
}

/// Shrinks each scale in steps of 1% to 80%, and keeps that with the least Σ|error|^`norm`, as llm-compressor's
/// minimum-error observer does. Zero points are whole levels.
///
/// # Panics
/// Unless `group` is at least 1 and there are a scale and a zero point for each group.
pub fn search_scales(values: &[f32], group: usize, levels: Levels, norm: f32, zeros: &[f32], scales: &mut [f32]) {
    check(values, group, levels, zeros.len(), scales.len());
    search::search_scales::<Four>(values, group, levels, norm, zeros, scales);
}

/// Moves each scale to where the squared error is least: tries several, for each solves for the scale that fits the
/// rounded values best, as ggml's `make_qx_quants` does. Zero points are whole levels. `errors` gets each group's
/// squared error in units of the scale that came in.
///
/// # Panics
/// Unless `group` is at least 1, there are a scale, a zero point and an error for each group, and at most
/// [`MOST_FITTED_LEVELS`] levels.
pub fn fit_scales(values: &[f32], group: usize, levels: Levels, zeros: &[f32], scales: &mut [f32], errors: &mut [f32]) {
    check(values, group, levels, zeros.len(), scales.len());
    assert_eq!(errors.len(), scales.len(), "an error for each group");
    levels.check_fitted();
    scales::fit_scales::<Four>(values, group, levels, zeros, scales, errors);
}

/// Moves scale and zero point of each group to where the squared error is least: tries several scales, for each solves
/// the linear least squares for both, as ggml's `make_qkx2_quants` does. Zero points are any numbers.
///
/// # Panics
/// Unless `group` is at least 1, there are a scale and a zero point for each group, and at most
/// [`MOST_FITTED_LEVELS`] levels.
pub fn fit_scales_and_zeros(values: &[f32], group: usize, levels: Levels, scales: &mut [f32], zeros: &mut [f32]) {
    check(values, group, levels, zeros.len(), scales.len());
    levels.check_fitted();
    affine::fit_scales_and_zeros::<Four>(values, group, levels, scales, zeros);
}

pub(crate) fn check(values: &[f32], group: usize, levels: Levels, zeros: usize, scales: usize) {
    assert!(group > 0, "groups of at least one value");
    assert_eq!(zeros, values.len().div_ceil(group), "a zero point for each group");
    assert_eq!(scales, zeros, "a scale for each group");
    levels.check();
}
