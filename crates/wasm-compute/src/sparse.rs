//! Matrices of which only some weights are stored.

use crate::{output, thrown};
use tensorpress_kernels::compute::{ShapeError, sparse::Csr};
use wasm_bindgen::prelude::*;

/// Weights in compressed rows (CSR).
#[wasm_bindgen]
pub struct SparseMatrix {
    columns: usize,
    starts: Vec<u32>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

#[wasm_bindgen]
impl SparseMatrix {
    /// `starts[r]` to `starts[r + 1]` are the entries of row `r`: `indices` are their columns, `values` their weights.
    #[wasm_bindgen(constructor)]
    pub fn new(columns: usize, starts: Vec<u32>, indices: Vec<u32>, values: Vec<f32>) -> Result<Self, JsError> {
        Csr::new(&starts, &indices, &values, columns).map_err(thrown)?;
        Ok(Self {
            columns,
            starts,
            indices,
            values,
        })
    }

    fn matrix(&self) -> Result<Csr<'_>, ShapeError> {
        Csr::new(&self.starts, &self.indices, &self.values, self.columns)
    }

    /// The product with a vector.
    pub fn multiply(&self, vector: &[f32]) -> Result<Vec<f32>, JsError> {
        let matrix = self.matrix().map_err(thrown)?;
        output(matrix.rows(), |out| matrix.matvec(vector, out))
    }

    /// The product with a matrix of `across` columns, row after row; the result is laid out alike.
    #[wasm_bindgen(js_name = multiplyMatrix)]
    pub fn multiply_matrix(&self, dense: &[f32], across: usize) -> Result<Vec<f32>, JsError> {
        let matrix = self.matrix().map_err(thrown)?;
        let elements = matrix.rows().checked_mul(across);
        // Checked by the kernel too, but only when this much has been allocated.
        crate::expect("dense", self.columns.checked_mul(across), dense.len())?;
        let length = elements.ok_or_else(|| {
            thrown(ShapeError::Length {
                what: "outputs",
                expected: None,
                found: 0,
            })
        })?;
        output(length, |out| matrix.matmul(dense, across, out))
    }
}
