//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let length = random.below(600) as usize;
    let original = random.floats(length);
    let mut approximation = random.floats(length);
    if random.below(2) == 0 {
        approximation = original.iter().map(|value| value + random.weight() * 0.01).collect();
    }
    let found = error_measures(&original, &approximation);
    let scalar = error_measures_scalar(&original, &approximation);
    // Debug prints as many digits as tell two numbers apart, and the sign of zero.
    if format!("{found:?}") != format!("{scalar:?}") {
        return Err(format!("error measures: {found:?}, by the scalar form {scalar:?}"));
    }
    let pairs: Vec<(f64, f64)> = original
        .iter()
        .zip(&approximation)
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .map(|(&a, &b)| (f64::from(a), f64::from(b)))
        .collect();
    let sum = |of: fn(f64, f64) -> f64| pairs.iter().map(|&(a, b)| of(a, b)).sum::<f64>();
    let close = |found: f64, expected: f64, magnitude: f64| (found - expected).abs() <= magnitude * 1e-12;
    let expected = [
        (found.squared, sum(|a, b| (a - b).powi(2)), found.squared),
        (found.absolute, sum(|a, b| (a - b).abs()), found.absolute),
        (found.dot, sum(|a, b| a * b), sum(|a, b| (a * b).abs())),
        (found.original_squares, sum(|a, _| a * a), found.original_squares),
        (
            found.approximation_squares,
            sum(|_, b| b * b),
            found.approximation_squares,
        ),
    ];
    let largest = pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    if expected
        .iter()
        .any(|&(found, expected, magnitude)| !close(found, expected, magnitude))
        || found.largest != largest
        || found.non_finite != (length - pairs.len()) as u64
        || found.count != length as u64
    {
        return Err(format!("error measures: {found:?}, naively {expected:?}, {largest}"));
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(2);
        for _ in 0..500 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn ratios_of_the_simple_cases() {
        let same = error_measures(&[1.0, -2.0], &[1.0, -2.0]);
        assert_eq!(same.signal_to_noise(), f64::INFINITY);
        assert!((same.cosine() - 1.0).abs() < 1e-15);
        let lost = error_measures(&[3.0, 4.0], &[0.0, 0.0]);
        assert_eq!((lost.signal_to_noise(), lost.cosine()), (1.0, 0.0));
        assert_eq!(error_measures(&[0.0], &[0.0]).cosine(), 1.0);
        assert_eq!(error_measures(&[1.0, 0.0], &[0.0, 1.0]).cosine(), 0.0);
        let parts = error_measures(&[1.0], &[1.5]).merge(&error_measures(&[f32::NAN], &[1.0]));
        assert_eq!((parts.count, parts.non_finite, parts.largest), (2, 1, 0.5));
    }
}
