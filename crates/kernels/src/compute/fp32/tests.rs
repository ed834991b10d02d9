//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let (rows, columns) = (random.below(11) as usize, random.below(70) as usize);
    let weights: Vec<f32> = (0..rows * columns).map(|_| random.weight()).collect();
    let vector: Vec<f32> = (0..columns).map(|_| random.weight()).collect();
    let mut out = vec![f32::NAN; rows];
    matvec(&weights, &vector, &mut out).map_err(|error| error.to_string())?;
    for (row, &found) in out.iter().enumerate() {
        let weights = &weights[row * columns..][..columns];
        let products = weights.iter().zip(&vector).map(|(a, b)| f64::from(*a) * f64::from(*b));
        let scale: f64 = products.clone().map(f64::abs).sum();
        let expected: f64 = products.sum();
        let scalar = dot(weights, &vector).map_err(|error| error.to_string())?;
        if found.to_bits() != scalar.to_bits() || (f64::from(found) - expected).abs() > scale * 1e-5 {
            return Err(format!(
                "fp32 row {row}: {found}, by the scalar form {scalar}, not {expected}"
            ));
        }
    }
    if matvec(&weights, &vector, &mut vec![0.0; rows + 1]).is_ok() && columns > 0 {
        return Err("fp32: weights of too few rows were taken".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[test]
fn agrees_with_naive() {
    let mut random = Random::new(10);
    for _ in 0..500 {
        check(&mut random).unwrap();
    }
    assert!(dot(&[1.0], &[]).is_err());
}
