//! The nearest level of each weight, for scales and zero points as they are stored.

use super::channels::each_run;
use super::settings::Settings;
use tensorpress_kernels::floats::limit;
use tensorpress_kernels::quantize::{Grid, quantize};

/// Codes of weights in channel order.
pub(super) fn choose(sorted: &[f32], settings: &Settings, scales: &[f32], zeros: &[f32]) -> Vec<u16> {
    let mut codes = vec![0u16; sorted.len()];
    let group = settings.grouping.group;
    each_run(&settings.grouping, |values, groups| {
        let parameters = scales[groups.clone()].iter().zip(&zeros[groups]);
        let runs = sorted[values.clone()]
            .chunks(group)
            .zip(codes[values].chunks_mut(group));
        for ((values, codes), (&scale, &zero)) in runs.zip(parameters) {
            choose_group(values, settings, scale, zero, codes);
        }
    });
    codes
}

#[inline(always)]
fn choose_group(values: &[f32], settings: &Settings, scale: f32, zero: f32, codes: &mut [u16]) {
    let zero = zero - settings.low as f32;
    let high = settings.high - settings.low;
    if scale.abs() >= f32::MIN_POSITIVE {
        let grid = Grid {
            inverse_scale: 1.0 / scale,
            zero,
            low: 0,
            high,
        };
        return quantize(values, grid, codes);
    }
    // The inverse of a subnormal may be infinite. A scale of 0 gives every weight the code of 0.
    let divisor = if scale == 0.0 { f64::INFINITY } else { f64::from(scale) };
    for (&value, code) in values.iter().zip(codes) {
        let level = f64::from(value) / divisor + f64::from(zero);
        *code = limit(level.round_ties_even(), 0.0, f64::from(high)) as u16;
    }
}
