//! The extremes become the outermost levels: what all other methods begin with.

use super::settings::Settings;
use super::{ScaleType, ZeroType};
use tensorpress_kernels::floats::limit;
use tensorpress_kernels::group_ranges::{self, Range};

/// Zero points farther from 0 than this are not precise enough as fp16, or as fp32: the range then includes 0.
const FARTHEST_ZERO: [f32; 2] = [128.0, 65_536.0];

/// Scales and zero points of groups that follow one another.
pub(super) fn fit(values: &[f32], settings: &Settings, scales: &mut [f32], zeros: &mut [f32]) {
    let mut ranges = vec![Range::default(); scales.len()];
    group_ranges::group_ranges(values, settings.grouping.group, &mut ranges);
    for ((range, scale), zero) in ranges.into_iter().zip(scales).zip(zeros) {
        (*scale, *zero) = if settings.symmetric {
            (symmetric(range, settings), 0.0)
        } else {
            asymmetric(range, settings)
        };
    }
}

/// The greatest magnitude becomes the last level of the longer side, if need be by a negative scale, as in ggml's Q4_0;
/// values of the other sign may then be cut off by up to a level. Scales that are themselves quantized are never
/// negative: they cut nothing off.
fn symmetric(range: Range, settings: &Settings) -> f32 {
    let (low, high) = (f64::from(settings.low), f64::from(settings.high));
    let (least, greatest) = (f64::from(range.min), f64::from(range.max));
    if settings.scale == ScaleType::Double {
        // A side without levels cannot be reached.
        let ratio = |value: f64, end: f64| if end == 0.0 { 0.0 } else { (value / end).max(0.0) };
        return ratio(greatest, high).max(ratio(least, low)) as f32;
    }
    let extreme = if greatest > -least { greatest } else { least };
    if low == -high {
        return (extreme.abs() / high) as f32;
    }
    let longer = if high > -low { high } else { low };
    (extreme / longer) as f32
}

fn asymmetric(range: Range, settings: &Settings) -> (f32, f32) {
    let farthest = match settings.zeros {
        ZeroType::Integer => 0.0,
        ZeroType::F16 => FARTHEST_ZERO[0],
        ZeroType::F32 => FARTHEST_ZERO[1],
    };
    let (low, levels) = (f64::from(settings.low), f64::from(settings.high - settings.low));
    let solve = |range: Range| {
        let scale = ((f64::from(range.max) - f64::from(range.min)) / levels) as f32;
        let zero = if scale > 0.0 {
            low - f64::from(range.min) / f64::from(scale)
        } else {
            low
        };
        (scale, zero)
    };
    let (scale, zero) = solve(range);
    if settings.zeros != ZeroType::Integer && scale > 0.0 && zero.abs() <= f64::from(farthest) {
        return (scale, zero as f32);
    }
    let (scale, zero) = solve(range.with_zero());
    (scale, limit(zero.round_ties_even(), low, low + levels) as f32)
}
