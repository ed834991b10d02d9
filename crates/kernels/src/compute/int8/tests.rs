//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let (rows, columns) = (random.below(11) as usize, random.below(100) as usize);
    let extreme = random.below(3) == 0;
    let mut codes = |count: usize| -> Vec<i8> {
        let bytes = random.bytes(count);
        bytes
            .iter()
            .map(|&byte| if extreme { -128 } else { byte as i8 })
            .collect()
    };
    let (weights, vector) = (codes(rows * columns), codes(columns));
    let mut out = vec![1; rows];
    matvec(&weights, &vector, &mut out).map_err(|error| error.to_string())?;
    for (row, &found) in out.iter().enumerate() {
        let weights = &weights[row * columns..][..columns];
        let expected: i64 = weights
            .iter()
            .zip(&vector)
            .map(|(&a, &b)| i64::from(a) * i64::from(b))
            .sum();
        if i64::from(found) != expected || dot(weights, &vector) != Ok(found) || scalar::sum(weights, &vector) != found
        {
            return Err(format!("int8 row {row}: {found}, not {expected}"));
        }
    }
    let floats: Vec<f32> = (0..columns).map(|_| random.weight()).collect();
    let scales: Vec<f32> = (0..rows).map(|_| random.weight()).collect();
    let mut scaled = vec![f32::NAN; rows];
    matvec_scaled(&weights, &scales, &floats, &mut scaled).map_err(|error| error.to_string())?;
    let greatest = floats.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    for (row, &found) in scaled.iter().enumerate() {
        let weights = &weights[row * columns..][..columns];
        let (mut expected, mut slack) = (0.0, 0.0);
        for (&weight, &value) in weights.iter().zip(&floats) {
            let weight = f64::from(weight) * f64::from(scales[row]);
            expected += weight * f64::from(value);
            // A bit more than half a step.
            slack += weight.abs() * f64::from(greatest) / 253.0;
        }
        if (f64::from(found) - expected).abs() > slack {
            return Err(format!("int8 row {row} of floats: {found}, not {expected}"));
        }
    }
    if matvec(&weights, &vector, &mut vec![0; rows + 1]).is_ok() && columns > 0 {
        return Err("int8: weights of too few rows were taken".to_owned());
    }
    Ok(())
}

/// The longest rows, of the codes with the greatest products.
pub(crate) fn check_limit() -> Result<(), String> {
    let most = vec![-128; MAX_COLUMNS];
    let least = vec![127; MAX_COLUMNS];
    let length = MAX_COLUMNS as i32;
    if dot(&most, &most) != Ok(length * 16384) || dot(&most, &least) != Ok(length * -16256) {
        return Err("int8: sums of the greatest products".to_owned());
    }
    let longer = vec![0; MAX_COLUMNS + 1];
    match dot(&longer, &longer) {
        Err(ShapeError::Limit { .. }) => Ok(()),
        other => Err(format!("int8: rows past the limit gave {other:?}")),
    }
}

#[cfg(test)]
#[test]
fn agrees_with_naive() {
    let mut random = Random::new(11);
    for _ in 0..500 {
        check(&mut random).unwrap();
    }
    check_limit().unwrap();
}
