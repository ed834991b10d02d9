//! Scales and zeros as they are stored. Codes are chosen afterwards, for what the stored forms stand for.

use super::{ScaleType, ZeroType};
use crate::error::unsuitable;
use crate::{Scales, TransformError, Zeros};
use tensorpress_json::shown;
use tensorpress_kernels::floats::{self, Overflow};
use tensorpress_kernels::group::Levels;

/// Scales that share a step where scales are quantized themselves.
const DOUBLE_GROUP: usize = 256;
/// If no scale of a unit reaches this, fp16's steps of 2^-24 are too coarse for all of them.
const LEAST_F16: f32 = 1.0 / (1 << 20) as f32;

/// Rounds scales to their stored form: to nearest, ties to even; where fp16 has few bits left, away from zero, so that
/// no weight is cut off.
pub(super) fn store_scales(scales: &[f32], form: ScaleType) -> Result<Scales, TransformError> {
    let greatest = scales.iter().fold(0.0f32, |greatest, scale| greatest.max(scale.abs()));
    Ok(match form {
        ScaleType::F32 => Scales::F32(scales.iter().map(|scale| scale.clamp(f32::MIN, f32::MAX)).collect()),
        ScaleType::F16 if greatest >= 65520.0 => return Err(out_of_range(greatest, "above fp16's greatest, 65504")),
        ScaleType::F16 if greatest > 0.0 && greatest < LEAST_F16 => {
            return Err(out_of_range(greatest, "too small for fp16's steps of 6e-8"));
        }
        ScaleType::F16 => {
            let mut halves = vec![0; scales.len()];
            floats::to_fp16(scales, Overflow::Saturate, &mut halves);
            for (half, &scale) in halves.iter_mut().zip(scales) {
                let magnitude = f32::from_bits(floats::half_to_single(*half & 0x7fff));
                if *half & 0x7c00 == 0 && magnitude < scale.abs() {
                    *half += 1;
                }
            }
            Scales::F16(halves)
        }
        ScaleType::Bf16 => {
            let mut halves = vec![0; scales.len()];
            floats::to_bf16(scales, Overflow::Saturate, &mut halves);
            Scales::Bf16(halves)
        }
        ScaleType::Double => double(scales),
    })
}

fn out_of_range(scale: f32, why: &str) -> TransformError {
    unsuitable(format!(
        "the greatest scale is {}, {why}: store scales as f32 or bf16",
        shown(scale)
    ))
}

/// Scales are 1 to 255 times a step that 256 of them share, or 0.
fn double(scales: &[f32]) -> Scales {
    let mut codes = Vec::with_capacity(scales.len());
    let mut steps = Vec::with_capacity(scales.len().div_ceil(DOUBLE_GROUP));
    for group in scales.chunks(DOUBLE_GROUP) {
        let greatest = group.iter().fold(0.0f32, |greatest, &scale| greatest.max(scale));
        // Never 0 unless all are: the least subnormal then stands for them.
        let least = if greatest > 0.0 { f32::from_bits(1) } else { 0.0 };
        let step = (greatest / 255.0).max(least);
        steps.push(step);
        codes.extend(group.iter().map(|&scale| {
            let ratio = f64::from(scale) / f64::from(step);
            if scale > 0.0 {
                ratio.round_ties_even().clamp(1.0, 255.0) as u8
            } else {
                0
            }
        }));
    }
    Scales::Double {
        codes,
        group: DOUBLE_GROUP,
        steps,
    }
}

/// Makes scales smaller where the outermost levels would be beyond fp32, which rounding may do to the greatest weights.
/// Gives whether any was.
pub(super) fn limit_scales(stored: &mut Scales, zeros: &[f32], levels: Levels) -> Result<bool, TransformError> {
    let end = |zero: f32| (levels.low as f32 - zero).abs().max((levels.high as f32 - zero).abs());
    let beyond = |(&scale, &zero): (&f32, &f32)| !(scale * end(zero)).is_finite();
    if !stored.values().iter().zip(zeros).any(beyond) {
        return Ok(false);
    }
    let Scales::F32(scales) = stored else {
        let detail = "weights are near the end of fp32's range: store scales as f32".to_owned();
        return Err(unsuitable(detail));
    };
    for (scale, &zero) in scales.iter_mut().zip(zeros) {
        if beyond((scale, &zero)) {
            let most = (f64::from(f32::MAX) / f64::from(end(zero))) as f32;
            *scale = most.next_down().copysign(*scale);
        }
    }
    Ok(true)
}

/// Rounds zeros to their stored form; `None` if all are 0.
pub(super) fn store_zeros(zeros: &[f32], form: ZeroType) -> Zeros {
    match form {
        ZeroType::Integer if zeros.iter().all(|&zero| zero == 0.0) => Zeros::None,
        ZeroType::Integer => Zeros::Integers(zeros.iter().map(|&zero| zero as i32).collect()),
        ZeroType::F16 => {
            let mut halves = vec![0; zeros.len()];
            floats::to_fp16(zeros, Overflow::Saturate, &mut halves);
            Zeros::F16(halves)
        }
        ZeroType::F32 => Zeros::F32(zeros.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_rounded_to_what_is_stored() {
        let scales = [1.0f32, 0.1, 3e-6, 1e-9, 0.0];
        let halves = store_scales(&scales, ScaleType::F16).unwrap().values();
        assert_eq!(halves[0], 1.0);
        assert!((halves[1] / 0.1 - 1.0).abs() < 1.0 / 2048.0);
        assert!(halves[2] >= 3e-6 && halves[3] == 1.0 / (1 << 24) as f32 && halves[4] == 0.0);
        let double = store_scales(&scales, ScaleType::Double).unwrap();
        let values = double.values();
        assert_eq!((values[0], values[4]), (1.0, 0.0));
        assert!(values[3] > 0.0, "a small scale is not 0");
        assert!(matches!(double, Scales::Double { steps, .. } if steps.len() == 1));
        let brains = store_scales(&scales, ScaleType::Bf16).unwrap().values();
        assert!(brains.iter().zip(&scales).all(|(a, b)| (a - b).abs() <= b / 256.0));
    }

    #[test]
    fn scales_that_have_no_form_are_refused() {
        assert!(store_scales(&[1e-7, 0.0], ScaleType::F16).is_err());
        assert!(store_scales(&[1e6], ScaleType::F16).is_err());
        assert!(store_scales(&[0.0], ScaleType::F16).is_ok());
        assert!(store_scales(&[], ScaleType::Double).unwrap().is_empty());
        let tiny = store_scales(&[f32::from_bits(7)], ScaleType::Double).unwrap();
        assert!(tiny.values()[0] > 0.0);
    }

    #[test]
    fn zeros_that_are_0_take_nothing() {
        assert_eq!(store_zeros(&[0.0, 0.0], ZeroType::Integer), Zeros::None);
        assert_eq!(store_zeros(&[0.0, 7.0], ZeroType::Integer), Zeros::Integers(vec![0, 7]));
        assert_eq!(store_zeros(&[0.5], ZeroType::F16).values(), Some(vec![0.5]));
    }
}
