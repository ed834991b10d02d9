//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    // Sometimes beyond what bytes can count.
    let most = [130, 9000][random.below(2) as usize];
    let (rows, columns) = (random.below(6) as usize, random.below(most) as usize);
    let bytes = row_bytes(columns);
    let vector = random.bytes(bytes);
    let mut weights = random.bytes(rows * bytes);
    if rows > 0 {
        // All bits differ.
        weights[..bytes].iter_mut().zip(&vector).for_each(|(a, b)| *a = !b);
    }
    let mut out = vec![0; rows];
    matvec(&weights, &vector, columns, &mut out).map_err(|error| error.to_string())?;
    let mut scalar_out = vec![0; rows];
    by(&weights, &vector, columns, &mut scalar_out, scalar::differences);
    let sign = |bits: &[u8], at: usize| i32::from(bits[at / 8] >> (at % 8) & 1) * 2 - 1;
    for row in 0..rows {
        let weights = &weights[row * bytes..][..bytes];
        let expected: i32 = (0..columns).map(|at| sign(weights, at) * sign(&vector, at)).sum();
        if out[row] != expected || out[row] != scalar_out[row] {
            return Err(format!("binary row {row} of {columns}: {}, not {expected}", out[row]));
        }
    }
    let floats: Vec<f32> = (0..columns).map(|_| random.weight()).collect();
    let scales: Vec<f32> = (0..rows).map(|_| random.weight()).collect();
    let mut scaled = vec![f32::NAN; rows];
    matvec_scaled(&weights, &scales, &floats, &mut scaled).map_err(|error| error.to_string())?;
    let mean = floats.iter().map(|value| f64::from(value.abs())).sum::<f64>() / columns.max(1) as f64;
    for row in 0..rows {
        let weights = &weights[row * bytes..][..bytes];
        let sum: i32 = floats
            .iter()
            .enumerate()
            .map(|(at, &value)| {
                if value < 0.0 {
                    -sign(weights, at)
                } else {
                    sign(weights, at)
                }
            })
            .sum();
        let expected = f64::from(sum) * mean * f64::from(scales[row]);
        if (f64::from(scaled[row]) - expected).abs() > expected.abs() * 1e-6 {
            return Err(format!("binary row {row} of floats: {}, not {expected}", scaled[row]));
        }
    }
    if matvec(&weights, &vector, columns + 8, &mut out).is_ok() {
        return Err("binary: a vector that is too short was taken".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[test]
fn agrees_with_naive() {
    let mut random = Random::new(13);
    for _ in 0..300 {
        check(&mut random).unwrap();
    }
    assert!(matches!(
        matvec(&[], &[], usize::MAX, &mut []),
        Err(ShapeError::Limit { .. })
    ));
}
