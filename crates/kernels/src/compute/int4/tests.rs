//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let (rows, columns) = (random.below(10) as usize, random.below(140) as usize);
    let row_groups = groups(columns);
    let codes = random.bytes(rows * row_groups * GROUP_BYTES);
    let scales: Vec<f32> = (0..rows * row_groups).map(|_| random.weight()).collect();
    let vector: Vec<f32> = (0..columns).map(|_| random.weight()).collect();
    let mut out = vec![f32::NAN; rows];
    matvec(&codes, &scales, &vector, &mut out).map_err(|error| error.to_string())?;
    let mut scalar_out = vec![f32::NAN; rows];
    let parts: Vec<Part> = vector.chunks(GROUP).map(Part::new).collect();
    by(&codes, &scales, &parts, &mut scalar_out, scalar::four);
    for row in 0..rows {
        let (mut expected, mut magnitude) = (0.0, 0.0);
        for (column, &value) in vector.iter().enumerate() {
            let group = row * row_groups + column / GROUP;
            let byte = codes[group * GROUP_BYTES + column % GROUP / 2];
            let code = if column % 2 == 0 { byte & 15 } else { byte >> 4 };
            let scale = scales[group];
            expected += f64::from(i32::from(code) - 8) * f64::from(scale) * f64::from(value);
            let group = &vector[column / GROUP * GROUP..];
            let greatest = group
                .iter()
                .take(GROUP)
                .fold(0.0f32, |most, value| most.max(value.abs()));
            // A bit more than half a step of what the greatest is 32767 steps of, and what fp32 rounds.
            let step = f64::from(greatest) / 65_000.0 + 1e-6 * f64::from(value.abs());
            magnitude += 8.0 * f64::from(scale).abs() * step;
        }
        if out[row].to_bits() != scalar_out[row].to_bits() || (f64::from(out[row]) - expected).abs() > magnitude {
            return Err(format!(
                "int4 row {row}: {}, by the scalar form {}, not {expected}",
                out[row], scalar_out[row]
            ));
        }
    }
    let short = &codes[..codes.len().saturating_sub(1)];
    if !codes.is_empty() && matvec(short, &scales, &vector, &mut out).is_ok() {
        return Err("int4: too few codes were taken".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(12);
        for _ in 0..500 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn what_has_no_scale() {
        let mut out = [1.0];
        for (value, expected) in [(0.0, 0.0), (1e-40, 0.0), (-0.0, 0.0)] {
            matvec(&[0xff; 16], &[1.0], &[value; 3], &mut out).unwrap();
            assert_eq!(out[0], expected);
        }
        for value in [f32::NAN, f32::INFINITY] {
            matvec(&[0xff; 16], &[1.0], &[1.0, value], &mut out).unwrap();
            assert!(out[0].is_nan());
        }
    }

    #[test]
    fn shapes_that_do_not_fit() {
        let error = matvec(&[0; 16], &[1.0; 2], &[1.0; 3], &mut [0.0]).unwrap_err();
        assert_eq!(error.to_string(), "scales: expected 1, found 2");
        let error = matvec(&[0; 17], &[1.0], &[1.0; 3], &mut [0.0]).unwrap_err();
        assert_eq!(error.to_string(), "bytes of codes: expected 16, found 17");
    }
}
