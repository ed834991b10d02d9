//! As half-quadratic quantization: scales from the extremes, zero points optimised for the stored scales.

use super::ZeroType;
use super::settings::Settings;
use tensorpress_kernels::floats::limit;
use tensorpress_kernels::hqq;

/// Moves the zero points, which are those of the extremes.
pub(super) fn fit(values: &[f32], settings: &Settings, scales: &[f32], zeros: &mut [f32]) {
    let group = settings.grouping.group;
    hqq::optimize_zeros(values, group, settings.levels(), scales, zeros);
    if settings.zeros == ZeroType::Integer {
        for zero in zeros {
            *zero = limit(zero.round_ties_even(), settings.low as f32, settings.high as f32);
        }
    }
}
