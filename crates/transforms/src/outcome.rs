//! How the weights of a unit are to be stored. Whatever stores them also restores them: `Unit::weights` is then
//! compared with what an archive gives back.

use crate::Scaled;

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
    /// `rows × rank`, row-major.
    pub left: Vec<f32>,
    /// `rank × columns`, row-major.
    pub right: Vec<f32>,
    /// Positions (ascending, row-major) and values to be added to the product.
    pub remainder: Vec<(u32, f32)>,
}

impl LowRank {
    /// The matrix: products are added in the order of the rank, in fp32, then the remainder.
    pub fn restore(&self) -> Vec<f32> {
        let mut matrix = vec![0.0; self.rows * self.columns];
        if self.columns == 0 {
            return matrix;
        }
        for (row, target) in matrix.chunks_exact_mut(self.columns).enumerate() {
            for k in 0..self.rank {
                let factor = self.left[row * self.rank + k];
                let terms = &self.right[k * self.columns..(k + 1) * self.columns];
                for (sum, term) in target.iter_mut().zip(terms) {
                    *sum += factor * term;
                }
            }
        }
        for &(position, value) in &self.remainder {
            matrix[position as usize] += value;
        }
        matrix
    }
}
