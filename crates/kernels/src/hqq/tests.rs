//! The same suite natively and in WebAssembly.

use super::*;
use crate::quads::Portable;
use crate::self_test::Random;

const LEVELS: Levels = Levels { low: 0, high: 15 };

/// What the published solver does, in doubles: the zero points of all its rounds.
fn naive(values: &[f32], scale: f32, start: f32) -> Vec<f64> {
    let (inverse, mut zero, mut beta) = (1.0 / f64::from(scale), f64::from(start), 10.0);
    let mut zeros = vec![zero];
    for _ in 0..20 {
        let terms = values.iter().map(|&value| {
            let value = f64::from(value);
            let level = (value * inverse + zero).clamp(0.0, 15.0).round_ties_even();
            let error: f64 = value - (level - zero) / inverse;
            let kept = (error.abs() - error.abs().max(1e-8).powf(-0.3) / beta).max(0.0) * error.signum();
            level - (value - kept) * inverse
        });
        zero = terms.sum::<f64>() / values.len() as f64;
        zeros.push(zero);
        beta *= 1.01;
    }
    zeros
}

fn squared(values: &[f32], scale: f32, zero: f64) -> f64 {
    let scale = f64::from(scale);
    let error = |&value: &f32| {
        let value = f64::from(value);
        let level = (value / scale + zero).clamp(0.0, 15.0).round_ties_even();
        (value - (level - zero) * scale).powi(2)
    };
    values.iter().map(error).sum()
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let group = [5, 32, 64, 1025][random.below(4) as usize];
    // Large weights are those of which shrinking leaves something.
    let unit = [1.0, 30.0, 1e-6][random.below(3) as usize];
    let values: Vec<f32> = (0..1 + random.below(3 * group as u64 + 100))
        .map(|_| random.weight() * unit)
        .collect();
    let (scales, zeros): (Vec<f32>, Vec<f32>) = values
        .chunks(group)
        .map(|values| {
            let range = crate::group_ranges::range(values);
            let scale = ((range.max - range.min) / 15.0).max(f32::MIN_POSITIVE);
            (scale, -range.min / scale)
        })
        .unzip();
    let (mut found, mut right) = (zeros.clone(), zeros.clone());
    optimize_zeros(&values, group, LEVELS, &scales, &mut found);
    optimize::optimize_zeros::<Portable>(&values, group, LEVELS, &scales, &mut right);
    for (index, values) in values.chunks(group).enumerate() {
        let told = |what: &str| {
            format!(
                "hqq: group {index} of {group}: {what}, {} for {}",
                found[index], right[index]
            )
        };
        if found[index].to_bits() != right[index].to_bits() {
            return Err(told("not the portable form's zero"));
        }
        if values.len() < 2 {
            continue;
        }
        let rounds = naive(values, scales[index], zeros[index]);
        let error = squared(values, scales[index], f64::from(found[index]));
        let before = squared(values, scales[index], f64::from(zeros[index]));
        let published = squared(values, scales[index], *rounds.last().expect("rounds"));
        // A value halfway between two levels may go either way, in fp32.
        let slack = f64::from(scales[index]).powi(2) * 1e-8;
        if error > before * 1.0001 + slack || error > published * 1.0001 + slack {
            return Err(told(&format!(
                "errs {error:e}, before {before:e}, published {published:e}"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn forms_agree_and_err_no_more_than_the_published_solver() {
        let mut random = Random::new(21);
        for _ in 0..400 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn groups_without_a_scale_stay() {
        let mut zeros = [3.0, 4.0];
        optimize_zeros(&[0.0; 64], 32, LEVELS, &[0.0, f32::MIN_POSITIVE], &mut zeros);
        assert_eq!(zeros, [3.0, 4.0]);
    }
}
