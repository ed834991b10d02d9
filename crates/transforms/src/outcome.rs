//! How the weights of a unit are to be stored. Whatever stores them also restores them: `Unit::weights` is then
//! compared with what an archive gives back.

use crate::rate::Quantized;
use crate::{Factor, Scaled};
use tensorpress_kernels::rows;

/// The representation that the last step of a chain chose.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Outcome {
    /// The weights themselves, which steps have made simpler (zeros, half precision): coded without further loss.
    #[default]
    Values,
    /// Codes with scales.
    Scaled(Scaled),
    /// Indices into a list of values.
    Codebook(Codebook),
    /// A product of two thin matrices, with what it misses.
    LowRank(LowRank),
    /// Points of a grid, chosen for the coder.
    Grid(Quantized),
}

/// Weights of few distinct values.
#[derive(Debug, Clone, PartialEq)]
pub struct Codebook {
    /// The values, ascending, at most 65,536; one of them is 0 where weights were pruned.
    pub centroids: Vec<f32>,
    /// For each weight the number of its value.
    pub indices: Vec<u16>,
}

/// `left · right + remainder`, a matrix of `rows × columns`.
#[derive(Debug, Clone, PartialEq)]
pub struct LowRank {
    /// Rows of the matrix.
    pub rows: usize,
    /// Columns of the matrix.
    pub columns: usize,
    /// Columns of `left`, rows of `right`.
    pub rank: usize,
    /// The columns of the left matrix, `rank` components of `rows` numbers.
    pub left: Factor,
    /// The rows of the right matrix, `rank` components of `columns` numbers.
    pub right: Factor,
    /// Positions (ascending, row-major) and values to be added to the product.
    pub remainder: Vec<(u32, f32)>,
}

impl LowRank {
    /// `left · right`, row-major: for each weight the terms are added in the order of the rank, in fp32.
    pub fn product(&self) -> Vec<f32> {
        let mut matrix = vec![0.0; self.rows * self.columns];
        if self.columns == 0 {
            return matrix;
        }
        let left = self.left.by_component();
        let right = self.right.by_component();
        for (row, target) in matrix.chunks_exact_mut(self.columns).enumerate() {
            for k in 0..self.rank {
                let factor = left[k * self.rows + row];
                let terms = &right[k * self.columns..(k + 1) * self.columns];
                rows::add_f32(target, factor, terms);
            }
        }
        matrix
    }

    /// Bytes before entropy coding: of the factors, and of a position and a value for each number of the remainder.
    pub fn bytes(&self) -> usize {
        self.left.bytes() + self.right.bytes() + 8 * self.remainder.len()
    }

    /// The matrix: the product, then the remainder.
    pub fn restore(&self) -> Vec<f32> {
        let mut matrix = self.product();
        for &(position, value) in &self.remainder {
            matrix[position as usize] += value;
        }
        matrix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_and_its_remainder_make_the_matrix() {
        // [1 2]ᵀ·[1 0 -1] + [0 3]ᵀ·[0 1 1], and 0.5 at the end.
        let low_rank = LowRank {
            rows: 2,
            columns: 3,
            rank: 2,
            left: Factor::F32(vec![1.0, 2.0, 0.0, 3.0]),
            right: Factor::F32(vec![1.0, 0.0, -1.0, 0.0, 1.0, 1.0]),
            remainder: vec![(5, 0.5)],
        };
        assert_eq!(low_rank.restore(), [1.0, 0.0, -1.0, 2.0, 3.0, 1.5]);
    }
}
