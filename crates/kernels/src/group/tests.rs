//! The same suite natively and in WebAssembly.

use super::*;
use crate::quads::Portable;
use crate::self_test::Random;

/// Groups of one length with scales and zero points as a quantizer begins with them.
struct Case {
    values: Vec<f32>,
    group: usize,
    levels: Levels,
    scales: Vec<f32>,
    zeros: Vec<f32>,
}

impl Case {
    fn new(random: &mut Random) -> Self {
        let group = [1, 3, 16, 32, 37, 64, 1500][random.below(7) as usize];
        let count = random.below(3 * group as u64 + 300) as usize;
        // What quantizers see is finite.
        let values: Vec<f32> = random
            .floats(count)
            .into_iter()
            .map(|value| if value.abs() < 1e30 { value } else { 0.0 })
            .collect();
        let levels = [(0, 15), (-8, 7), (0, 4095), (-127, 127), (0, 1)][random.below(5) as usize];
        let levels = Levels {
            low: levels.0,
            high: levels.1,
        };
        let (low, high) = levels.ends();
        let (scales, zeros) = values
            .chunks(group)
            .map(|values| {
                let range = crate::group_ranges::range(values).with_zero();
                let scale = (range.max - range.min) / (high - low);
                let zero = if scale > 0.0 {
                    (low - range.min / scale).round()
                } else {
                    low
                };
                (scale, zero.clamp(low, high))
            })
            .unzip();
        Self {
            values,
            group,
            levels,
            scales,
            zeros,
        }
    }

    /// The squared error of a group, by definition.
    fn error(&self, index: usize, scale: f32, zero: f32) -> f64 {
        let (low, high) = self.levels.ends();
        let group = self.values.chunks(self.group).nth(index).expect("a group");
        if scale == 0.0 {
            return group.iter().map(|&value| f64::from(value).powi(2)).sum();
        }
        let squared = |&value: &f32| {
            let level = (value / scale + zero).clamp(low, high).round_ties_even();
            (f64::from(value) - (f64::from(level) - f64::from(zero)) * f64::from(scale)).powi(2)
        };
        group.iter().map(squared).sum()
    }
}

fn same(what: &str, found: &[f32], right: &[f32]) -> Result<(), String> {
    match found.iter().zip(right).position(|(a, b)| a.to_bits() != b.to_bits()) {
        Some(at) => Err(format!("{what}: {} at {at}, portable {}", found[at], right[at])),
        None => Ok(()),
    }
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let case = Case::new(random);
    let Case {
        values,
        group,
        levels,
        scales,
        zeros,
    } = &case;
    let fresh = || (scales.clone(), zeros.clone(), vec![0.0; scales.len()]);

    for norm in [2.0, 2.4] {
        let (mut found, mut right) = (scales.clone(), scales.clone());
        search_scales(values, *group, *levels, norm, zeros, &mut found);
        search::search_scales::<Portable>(values, *group, *levels, norm, zeros, &mut right);
        same("searched scales", &found, &right)?;
        if norm == 2.0 {
            no_worse("search", &case, &found, zeros)?;
        }
    }

    let ((mut found, _, mut errors), (mut right, _, mut right_errors)) = (fresh(), fresh());
    fit_scales(values, *group, *levels, zeros, &mut found, &mut errors);
    scales::fit_scales::<Portable>(values, *group, *levels, zeros, &mut right, &mut right_errors);
    same("fitted scales", &found, &right)?;
    same("errors", &errors, &right_errors)?;
    no_worse("fit", &case, &found, zeros)?;

    let ((mut found, mut found_zeros, _), (mut right, mut right_zeros, _)) = (fresh(), fresh());
    fit_scales_and_zeros(values, *group, *levels, &mut found, &mut found_zeros);
    affine::fit_scales_and_zeros::<Portable>(values, *group, *levels, &mut right, &mut right_zeros);
    same("fitted scales, with zeros", &found, &right)?;
    same("fitted zeros", &found_zeros, &right_zeros)?;
    no_worse("fit with zeros", &case, &found, &found_zeros)
}

/// No fit may err more than what it began with, but for rounding.
fn no_worse(what: &str, case: &Case, scales: &[f32], zeros: &[f32]) -> Result<(), String> {
    for index in 0..scales.len() {
        let before = case.error(index, case.scales[index], case.zeros[index]);
        let after = case.error(index, scales[index], zeros[index]);
        // Where a value is clipped by many levels, its square is subtracted from itself.
        let step = f64::from(case.scales[index]);
        let slack = step * step * 1e-3 * case.group as f64;
        if !scales[index].is_finite() || after > before * 1.001 + slack {
            return Err(format!(
                "{what}: group {index} of {} errs {after:e}, before {before:e}; scale {:e} to {:e}, zero {} to {}",
                case.group, case.scales[index], scales[index], case.zeros[index], zeros[index]
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn forms_agree_and_nothing_gets_worse() {
        let mut random = Random::new(11);
        for _ in 0..600 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn a_fit_finds_the_grid_that_values_lie_on() {
        let mut random = Random::new(12);
        let values: Vec<f32> = (0..64).map(|_| (random.below(13) as f32 - 5.0) * 0.37).collect();
        let levels = Levels { low: 0, high: 15 };
        let (mut scales, mut zeros) = (vec![0.4; 2], vec![5.0; 2]);
        fit_scales_and_zeros(&values, 32, levels, &mut scales, &mut zeros);
        for (&scale, values) in scales.iter().zip(values.chunks(32)) {
            assert!((scale - 0.37).abs() < 1e-5, "{scale} for {values:?}");
        }
    }
}
