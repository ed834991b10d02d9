//! Which rank keeps how much.

use super::svd::Components;
use tensorpress_kernels::error_measures::error_measures;

/// The singular values of a row-major matrix, descending: `min(rows, columns)` of them.
///
/// # Panics
/// If there are not `rows · columns` weights.
pub fn singular_values(matrix: &[f32], rows: usize, columns: usize) -> Vec<f64> {
    assert_eq!(matrix.len(), rows * columns, "a weight for each row and column");
    if matrix.is_empty() {
        return Vec::new();
    }
    let squares = Components::of(matrix, rows, columns).squares;
    squares.into_iter().map(f64::sqrt).collect()
}

/// The least rank that keeps `share`, 0 to 1, of the sum of squares of a matrix with these singular values.
pub fn rank_for_energy(singular_values: &[f64], share: f64) -> usize {
    for_energy(&squares(singular_values), share)
}

/// The least rank whose relative error, the root of the lost share of the sum of squares, is at most `error`.
pub fn rank_for_error(singular_values: &[f64], error: f64) -> usize {
    for_error(&squares(singular_values), error)
}

fn squares(singular_values: &[f64]) -> Vec<f64> {
    singular_values.iter().map(|value| value * value).collect()
}

pub(super) fn for_energy(squares: &[f64], share: f64) -> usize {
    let total = squares.iter().sum::<f64>();
    rank_that_leaves(squares, (1.0 - share) * total)
}

pub(super) fn for_error(squares: &[f64], error: f64) -> usize {
    let total = squares.iter().sum::<f64>();
    rank_that_leaves(squares, error * error * total)
}

/// The least rank behind which at most `rest` is left. Added from the smallest on, so that little is lost by rounding.
fn rank_that_leaves(squares: &[f64], rest: f64) -> usize {
    let mut left = 0.0;
    for (index, square) in squares.iter().enumerate().rev() {
        left += square;
        if left > rest {
            return index + 1;
        }
    }
    0
}

/// Whether the relative error is at most the bound.
pub(super) fn within(original: &[f32], restored: &[f32], bound: f64) -> bool {
    let measures = error_measures(original, restored);
    measures.non_finite == 0 && measures.squared <= bound * bound * measures.original_squares
}
