//! The singular value decomposition of a matrix of weights.

use super::eigen;
use tensorpress_kernels::rows;

/// How much of the long side is worked on at a time, so that it stays in the cache.
const PIECE: usize = 512;

/// Components of a matrix, the most important first: it is the sum of the products of their vectors.
pub(super) struct Components {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// The square of each singular value, descending.
    pub(super) squares: Vec<f64>,
    /// Singular vectors of the shorter side, one a row.
    short: Vec<f64>,
    /// The matrix, with a row for each number of the shorter side.
    wide: Vec<f32>,
}

impl Components {
    /// Decomposes a matrix by the eigenvalues of its product with itself, in fp64. So singular values below 10⁻⁷ of the
    /// greatest one are not exact, far below what fp32 weights are good for; and the time goes with the square of the
    /// shorter side times the longer one.
    pub(super) fn of(matrix: &[f32], rows: usize, columns: usize) -> Self {
        let wide = if rows <= columns {
            matrix.to_vec()
        } else {
            transposed(matrix, rows, columns)
        };
        let size = rows.min(columns);
        let eigen = eigen::decompose(products(&wide, size), size);
        Components {
            rows,
            columns,
            squares: eigen.values.into_iter().map(|value| value.max(0.0)).collect(),
            short: eigen.vectors,
            wide,
        }
    }

    /// The vectors of the first `rank` components, left and right, each multiplied by the root of the singular value so
    /// that both have numbers of the same size.
    pub(super) fn factors(&self, rank: usize) -> (Vec<f32>, Vec<f32>) {
        let size = self.rows.min(self.columns);
        let length = self.rows.max(self.columns);
        let mut short = Vec::with_capacity(rank * size);
        let mut long = Vec::with_capacity(rank * length);
        for (vector, square) in self.short.chunks(size.max(1)).zip(&self.squares).take(rank) {
            let root = square.sqrt().sqrt();
            short.extend(vector.iter().map(|number| (number * root) as f32));
            let mut image = vec![0.0; length];
            for (&number, row) in vector.iter().zip(self.wide.chunks(length.max(1))) {
                rows::add_widened(&mut image, number, row);
            }
            // A component of a matrix without that many is 0.
            let scale = if root > 0.0 { 1.0 / root } else { 0.0 };
            long.extend(image.iter().map(|number| (number * scale) as f32));
        }
        if self.rows <= self.columns {
            (short, long)
        } else {
            (long, short)
        }
    }

    /// The sum of the first `rank` components, row-major.
    pub(super) fn product(&self, rank: usize) -> Vec<f32> {
        let (left, right) = self.factors(rank);
        let low_rank = crate::LowRank {
            rows: self.rows,
            columns: self.columns,
            rank,
            left: crate::Factor::F32(left),
            right: crate::Factor::F32(right),
            remainder: Vec::new(),
        };
        low_rank.product()
    }
}

fn transposed(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut transposed = vec![0.0; matrix.len()];
    for (i, row) in matrix.chunks(columns.max(1)).enumerate() {
        for (j, &weight) in row.iter().enumerate() {
            transposed[j * rows + i] = weight;
        }
    }
    transposed
}

/// The products of all pairs of `size` rows, added in fp64 and in an order of their own, piece by piece.
fn products(wide: &[f32], size: usize) -> Vec<f64> {
    let length = wide.len() / size.max(1);
    let mut products = vec![0.0; size * size];
    let mut piece = vec![0.0f64; size * PIECE];
    for begin in (0..length).step_by(PIECE) {
        let end = length.min(begin + PIECE);
        let width = end - begin;
        for (row, piece) in wide.chunks(length).zip(piece.chunks_mut(width)) {
            for (number, &weight) in piece.iter_mut().zip(&row[begin..end]) {
                *number = f64::from(weight);
            }
        }
        for i in 0..size {
            let row = &piece[i * width..(i + 1) * width];
            for j in 0..=i {
                products[i * size + j] += rows::dot(row, &piece[j * width..(j + 1) * width]);
            }
        }
    }
    for i in 0..size {
        for j in 0..i {
            products[j * size + i] = products[i * size + j];
        }
    }
    products
}
