//! Eigenvalues and eigenvectors of symmetric matrices.

use tensorpress_kernels::rows::{self, add, dot, subtract_two};
use tensorpress_kernels::sort::{key_of, order};

/// Rounds a value may take; two or three are usual.
const MAX_ROUNDS: usize = 60;

/// Eigenvalues in descending order, and for each its vector of length 1, one row a vector.
pub(super) struct Eigen {
    pub(super) values: Vec<f64>,
    pub(super) vectors: Vec<f64>,
}

/// Decomposes a symmetric matrix of `size` rows: Householder reflections make it tridiagonal, implicitly shifted QL
/// rotations diagonal (Golub and Van Loan, "Matrix Computations", sections 8.3.1 and 8.3.3; Bowdler, Martin, Reinsch and
/// Wilkinson, 1968). The vectors are kept as rows, so that a rotation works on neighbours in memory.
pub(super) fn decompose(mut matrix: Vec<f64>, size: usize) -> Eigen {
    let (mut diagonal, mut beside, mut vectors) = tridiagonal(&mut matrix, size);
    rotate(&mut diagonal, &mut beside, &mut vectors, size);
    let order = order(diagonal.iter().map(|&value| !key_of(value)));
    let rows = order
        .iter()
        .flat_map(|&row| &vectors[row as usize * size..(row as usize + 1) * size]);
    Eigen {
        vectors: rows.copied().collect(),
        values: order.iter().map(|&row| diagonal[row as usize]).collect(),
    }
}

/// Diagonal, what is beside it, and the rows that the tridiagonal matrix is expressed in.
fn tridiagonal(matrix: &mut [f64], size: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; size];
    // One a step: the vector v (of the components behind the step's) and the factor of I − factor·v·vᵀ.
    let mut reflections: Vec<(Vec<f64>, f64)> = Vec::with_capacity(size.saturating_sub(2));
    for step in 0..size.saturating_sub(1) {
        let mut vector = matrix[step * size + step + 1..(step + 1) * size].to_vec();
        let norm = dot(&vector, &vector).sqrt();
        let tail = dot(&vector[1..], &vector[1..]);
        if tail == 0.0 {
            beside[step] = vector[0];
            reflections.push((vector, 0.0));
            continue;
        }
        // Away from 0, so that nothing cancels.
        let target = if vector[0] > 0.0 { -norm } else { norm };
        vector[0] -= target;
        let factor = 2.0 / (vector[0] * vector[0] + tail);
        beside[step] = target;
        reflect_both(matrix, size, step + 1, &vector, factor);
        reflections.push((vector, factor));
    }
    let diagonal = (0..size).map(|i| matrix[i * size + i]).collect();
    let mut vectors = vec![0.0; size * size];
    for row in 0..size {
        vectors[row * size + row] = 1.0;
    }
    // The product of all reflections, transposed: each works on the columns behind its step of the rows behind it.
    for (step, (vector, factor)) in reflections.iter().enumerate().rev() {
        if *factor == 0.0 {
            continue;
        }
        for row in step + 1..size {
            let row = &mut vectors[row * size + step + 1..(row + 1) * size];
            let along = dot(row, vector);
            add(row, -factor * along, vector);
        }
    }
    (diagonal, beside, vectors)
}

/// Reflects the part of the matrix from row and column `from` on, from both sides.
fn reflect_both(matrix: &mut [f64], size: usize, from: usize, vector: &[f64], factor: f64) {
    let row = |i: usize| i * size + from..(i + 1) * size;
    let image: Vec<f64> = (from..size).map(|i| factor * dot(&matrix[row(i)], vector)).collect();
    let half = factor / 2.0 * dot(&image, vector);
    let change: Vec<f64> = image
        .iter()
        .zip(vector)
        .map(|(image, value)| image - half * value)
        .collect();
    for i in from..size {
        let (value, changed) = (vector[i - from], change[i - from]);
        let row = &mut matrix[row(i)];
        subtract_two(row, (value, changed), (&change, vector));
    }
}

/// Makes the tridiagonal matrix diagonal.
fn rotate(diagonal: &mut [f64], beside: &mut [f64], vectors: &mut [f64], size: usize) {
    for first in 0..size {
        for _ in 0..MAX_ROUNDS {
            let small = |i: usize| {
                let neighbours = diagonal[i].abs() + diagonal[i + 1].abs();
                beside[i].abs() <= f64::EPSILON * neighbours
            };
            let last = (first..size - 1).find(|&i| small(i)).unwrap_or(size - 1);
            if last == first {
                break;
            }
            sweep(diagonal, beside, vectors, size, first, last);
        }
    }
}

/// One round of rotations from `last` down to `first`, shifted by the eigenvalue of the 2×2 matrix at `first`.
fn sweep(diagonal: &mut [f64], beside: &mut [f64], vectors: &mut [f64], size: usize, first: usize, last: usize) {
    let ratio = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
    let root = (ratio * ratio + 1.0).sqrt();
    let towards = if ratio < 0.0 { ratio - root } else { ratio + root };
    let mut bulge = diagonal[last] - diagonal[first] + beside[first] / towards;
    let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
    for i in (first..last).rev() {
        let outside = sine * beside[i];
        let inside = cosine * beside[i];
        let length = (outside * outside + bulge * bulge).sqrt();
        beside[i + 1] = length;
        if length == 0.0 {
            // The matrix has fallen apart here.
            diagonal[i + 1] -= shift;
            beside[last] = 0.0;
            return;
        }
        sine = outside / length;
        cosine = bulge / length;
        let shifted = diagonal[i + 1] - shift;
        let mixed = (diagonal[i] - shifted) * sine + 2.0 * cosine * inside;
        shift = sine * mixed;
        diagonal[i + 1] = shifted + shift;
        bulge = cosine * mixed - inside;
        let (upper, lower) = vectors[i * size..(i + 2) * size].split_at_mut(size);
        rows::rotate(upper, lower, sine, cosine);
    }
    diagonal[first] -= shift;
    beside[first] = bulge;
    beside[last] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(matrix: &[f64], size: usize) {
        let eigen = decompose(matrix.to_vec(), size);
        assert!(eigen.values.is_sorted_by(|a, b| a >= b));
        let most = matrix
            .iter()
            .fold(0.0, |most: f64, value| most.max(value.abs()))
            .max(1e-300);
        for (row, &value) in eigen.vectors.chunks(size).zip(&eigen.values) {
            for i in 0..size {
                let image = dot(&matrix[i * size..(i + 1) * size], row);
                assert!(
                    (image - value * row[i]).abs() <= 1e-12 * most * size as f64,
                    "{image} {value} {}",
                    row[i]
                );
            }
            for (other, &other_value) in eigen.vectors.chunks(size).zip(&eigen.values) {
                let same = f64::from(u8::from(core::ptr::eq(row, other)));
                assert!(
                    (dot(row, other) - same).abs() <= 1e-12 * size as f64,
                    "{value}, {other_value}"
                );
            }
        }
    }

    #[test]
    fn known_matrices() {
        check(&[3.0], 1);
        check(&[2.0, 1.0, 1.0, 2.0], 2);
        check(&[0.0; 16], 4);
        let ones = [1.0; 25];
        check(&ones, 5);
        assert!((decompose(ones.to_vec(), 5).values[0] - 5.0).abs() < 1e-12);
        let diagonal: Vec<f64> = (0..36).map(|i| if i % 7 == 0 { i as f64 } else { 0.0 }).collect();
        check(&diagonal, 6);
    }

    proptest! {
        #[test]
        fn any_symmetric_matrix(size in 1usize..24, numbers in prop::collection::vec(-1f64..1.0, 600), scale in -60i32..60) {
            let scale = 2f64.powi(scale);
            let at = |i: usize, j: usize| numbers[i.min(j) * 24 + i.max(j)] * scale;
            let matrix: Vec<f64> = (0..size * size).map(|k| at(k / size, k % size)).collect();
            check(&matrix, size);
        }
    }
}
