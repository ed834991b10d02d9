//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

fn naive(values: &[f32]) -> Statistics {
    let finite: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    Statistics {
        count: values.len() as u64,
        min: finite.iter().copied().fold(f32::INFINITY, f32::min),
        max: finite.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        sum: finite.iter().map(|&value| f64::from(value)).sum(),
        squares: finite.iter().map(|&value| f64::from(value).powi(2)).sum(),
        zeros: finite.iter().filter(|&&value| value == 0.0).count() as u64,
        non_finite: (values.len() - finite.len()) as u64,
    }
}

/// Whether two sums differ by no more than rounding can explain.
fn close(found: f64, expected: f64, magnitude: f64) -> bool {
    (found - expected).abs() <= magnitude * 1e-12
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let length = random.below(700) as usize;
    let values = random.floats(length);
    let found = statistics(&values);
    let told = |what: &str, other: Statistics| Err(format!("statistics: {found:?}, {what}: {other:?}"));
    let scalar = statistics_scalar(&values);
    if found != scalar || found.sum.to_bits() != scalar.sum.to_bits() {
        return told("by the scalar form", scalar);
    }
    let expected = naive(&values);
    let magnitudes: f64 = values
        .iter()
        .filter(|value| value.is_finite())
        .map(|value| f64::from(value.abs()))
        .sum();
    let same = (found.count, found.zeros, found.non_finite) == (expected.count, expected.zeros, expected.non_finite)
        && (found.min, found.max) == (expected.min, expected.max)
        && close(found.sum, expected.sum, magnitudes)
        && close(found.squares, expected.squares, expected.squares);
    if !same {
        return told("naively", expected);
    }
    let (left, right) = values.split_at(length / 3);
    let merged = statistics(left).merge(&statistics(right));
    if (merged.count, merged.min, merged.max) != (found.count, found.min, found.max)
        || !close(merged.sum, found.sum, magnitudes)
    {
        return told("merged", merged);
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(1);
        for _ in 0..500 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn nothing_finite() {
        for values in [vec![], vec![f32::NAN; 9], vec![f32::INFINITY]] {
            let found = statistics(&values);
            assert_eq!((found.min, found.max), (f32::INFINITY, f32::NEG_INFINITY));
            assert_eq!((found.absmax(), found.mean(), found.variance()), (0.0, 0.0, 0.0));
            assert_eq!(found.finite(), 0);
        }
    }

    #[test]
    fn zeros_have_no_sign() {
        for values in [[-0.0f32, 0.0], [0.0, -0.0]] {
            let found = statistics(&values);
            assert_eq!((found.min.to_bits(), found.max.to_bits(), found.zeros), (0, 0, 2));
        }
    }
}
