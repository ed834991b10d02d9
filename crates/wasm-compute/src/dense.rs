//! Matrices with a number for each weight.

use crate::{expect, output, thrown};
use tensorpress_kernels::compute::{ShapeError, fp32, int8};
use wasm_bindgen::prelude::*;

/// Weights of fp32: what the small ones are compared with.
#[wasm_bindgen]
pub struct Fp32Matrix {
    rows: usize,
    columns: usize,
    weights: Vec<f32>,
}

#[wasm_bindgen]
impl Fp32Matrix {
    /// `weights` row after row.
    #[wasm_bindgen(constructor)]
    pub fn new(rows: usize, columns: usize, weights: Vec<f32>) -> Result<Self, JsError> {
        expect("weights", rows.checked_mul(columns), weights.len())?;
        Ok(Self { rows, columns, weights })
    }

    /// The product with a vector of `columns` elements.
    pub fn multiply(&self, vector: &[f32]) -> Result<Vec<f32>, JsError> {
        expect("vector", Some(self.columns), vector.len())?;
        output(self.rows, |out| fp32::matvec(&self.weights, vector, out))
    }
}

/// Weights of 8 bits with a scale a row.
#[wasm_bindgen]
pub struct Int8Matrix {
    columns: usize,
    codes: Vec<i8>,
    scales: Vec<f32>,
}

#[wasm_bindgen]
impl Int8Matrix {
    /// `codes` row after row; weight = code · scale of its row.
    #[wasm_bindgen(constructor)]
    pub fn new(rows: usize, columns: usize, codes: Vec<i8>, scales: Vec<f32>) -> Result<Self, JsError> {
        expect("codes", rows.checked_mul(columns), codes.len())?;
        expect("scales", Some(rows), scales.len())?;
        if columns > int8::MAX_COLUMNS {
            return Err(thrown(ShapeError::Limit {
                what: "columns",
                limit: int8::MAX_COLUMNS,
                found: columns,
            }));
        }
        Ok(Self { columns, codes, scales })
    }

    /// The product with a vector of fp32, of which codes of 8 bits are made first.
    pub fn multiply(&self, vector: &[f32]) -> Result<Vec<f32>, JsError> {
        expect("vector", Some(self.columns), vector.len())?;
        output(self.scales.len(), |out| {
            int8::matvec_scaled(&self.codes, &self.scales, vector, out)
        })
    }

    /// The exact sums of the products of codes.
    #[wasm_bindgen(js_name = multiplyCodes)]
    pub fn multiply_codes(&self, vector: &[i8]) -> Result<Vec<i32>, JsError> {
        expect("vector", Some(self.columns), vector.len())?;
        output(self.scales.len(), |out| int8::matvec(&self.codes, vector, out))
    }
}
