//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let (rows, width, across) = (
        random.below(9) as usize,
        1 + random.below(50) as usize,
        random.below(40) as usize,
    );
    let (mut starts, mut columns, mut values) = (vec![0], vec![], vec![]);
    let mut full = vec![0.0f64; rows * width];
    for row in 0..rows {
        for _ in 0..random.below(width as u64) {
            let (column, value) = (random.below(width as u64) as u32, random.weight());
            columns.push(column);
            values.push(value);
            full[row * width + column as usize] += f64::from(value);
        }
        starts.push(columns.len() as u32);
    }
    let matrix = Csr::new(&starts, &columns, &values, width).map_err(|error| error.to_string())?;
    let dense: Vec<f32> = (0..width * across).map(|_| random.weight()).collect();
    let mut out = vec![f32::NAN; rows * across];
    matrix
        .matmul(&dense, across, &mut out)
        .map_err(|error| error.to_string())?;
    for row in 0..rows {
        for column in 0..across {
            let of = |at: usize| full[row * width + at] * f64::from(dense[at * across + column]);
            let expected: f64 = (0..width).map(of).sum();
            let found = out[row * across + column];
            // The same sums one by one: what vectors must not change.
            let (row_columns, row_values) = matrix.row(row);
            let one_by_one = row_columns.iter().zip(row_values).fold(0.0f32, |sum, (&at, value)| {
                sum + value * dense[at as usize * across + column]
            });
            if found.to_bits() != one_by_one.to_bits() || (f64::from(found) - expected).abs() > 1e-5 {
                return Err(format!(
                    "sparse {row}, {column}: {found}, not {expected} or {one_by_one}"
                ));
            }
        }
    }
    let vector: Vec<f32> = (0..width).map(|_| random.weight()).collect();
    let mut out = vec![f32::NAN; rows];
    matrix.matvec(&vector, &mut out).map_err(|error| error.to_string())?;
    for (row, &found) in out.iter().enumerate() {
        let expected: f64 = (0..width)
            .map(|at| full[row * width + at] * f64::from(vector[at]))
            .sum();
        if (f64::from(found) - expected).abs() > 1e-5 {
            return Err(format!("sparse row {row}: {found}, not {expected}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(14);
        for _ in 0..500 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn structures_that_are_none_are_refused() {
        for (starts, columns, values, width, message) in [
            (&[][..], &[][..], &[][..], 3, "starts: expected 1, found 0"),
            (
                &[1, 1],
                &[0],
                &[1.0],
                3,
                "starts[0]: expected 0 or more and less than 1, found 1",
            ),
            (&[0, 2], &[0], &[1.0], 3, "indices: expected 2, found 1"),
            (
                &[0, 2, 1],
                &[0],
                &[1.0],
                3,
                "starts[2]: expected 2 or more and less than 2, found 1",
            ),
            (
                &[0, 1],
                &[3],
                &[1.0],
                3,
                "indices[0]: expected 0 or more and less than 3, found 3",
            ),
            (&[0, 1], &[0], &[], 3, "values: expected 1, found 0"),
            (&[0], &[0], &[1.0], 3, "indices: expected 0, found 1"),
        ] {
            let error = Csr::new(starts, columns, values, width).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        let matrix = Csr::new(&[0, 1], &[2], &[1.0], 3).unwrap();
        assert!(matrix.matvec(&[0.0; 2], &mut [0.0]).is_err());
        assert!(matrix.matvec(&[0.0; 3], &mut [0.0; 2]).is_err());
        assert!(matrix.matmul(&[0.0; 3], usize::MAX, &mut [0.0]).is_err());
        assert!(matrix.matmul(&[], 0, &mut []).is_ok());
    }
}
