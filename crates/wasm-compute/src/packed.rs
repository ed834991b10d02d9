//! Matrices of which a byte holds several weights.

use crate::{expect, output};
use tensorpress_kernels::compute::{binary, int4};
use wasm_bindgen::prelude::*;

/// Weights of 4 bits with a scale for each 32 of a row.
#[wasm_bindgen]
pub struct Int4Matrix {
    rows: usize,
    columns: usize,
    codes: Vec<u8>,
    scales: Vec<f32>,
}

#[wasm_bindgen]
impl Int4Matrix {
    /// 16 bytes of `codes` and one of `scales` for each group; weight = (code − 8) · scale.
    #[wasm_bindgen(constructor)]
    pub fn new(rows: usize, columns: usize, codes: Vec<u8>, scales: Vec<f32>) -> Result<Self, JsError> {
        let groups = rows.checked_mul(int4::groups(columns));
        expect("scales", groups, scales.len())?;
        let bytes = groups.and_then(|groups| groups.checked_mul(int4::GROUP_BYTES));
        expect("codes", bytes, codes.len())?;
        Ok(Self {
            rows,
            columns,
            codes,
            scales,
        })
    }

    /// The product with a vector of fp32.
    pub fn multiply(&self, vector: &[f32]) -> Result<Vec<f32>, JsError> {
        expect("vector", Some(self.columns), vector.len())?;
        output(self.rows, |out| int4::matvec(&self.codes, &self.scales, vector, out))
    }
}

/// Weights of −1 and +1 with a scale a row.
#[wasm_bindgen]
pub struct BinaryMatrix {
    columns: usize,
    bits: Vec<u8>,
    scales: Vec<f32>,
}

#[wasm_bindgen]
impl BinaryMatrix {
    /// `ceil(columns / 8)` bytes of `bits` for each row, the first column in the lowest bit; a set bit is +scale.
    #[wasm_bindgen(constructor)]
    pub fn new(rows: usize, columns: usize, bits: Vec<u8>, scales: Vec<f32>) -> Result<Self, JsError> {
        expect("bits", rows.checked_mul(binary::row_bytes(columns)), bits.len())?;
        expect("scales", Some(rows), scales.len())?;
        Ok(Self { columns, bits, scales })
    }

    /// The product with the signs of a vector of fp32 times the mean of its magnitudes.
    pub fn multiply(&self, vector: &[f32]) -> Result<Vec<f32>, JsError> {
        expect("vector", Some(self.columns), vector.len())?;
        output(self.scales.len(), |out| {
            binary::matvec_scaled(&self.bits, &self.scales, vector, out)
        })
    }

    /// The exact sums of the products of signs, for a vector of bits.
    #[wasm_bindgen(js_name = multiplyBits)]
    pub fn multiply_bits(&self, vector: &[u8]) -> Result<Vec<i32>, JsError> {
        output(self.scales.len(), |out| {
            binary::matvec(&self.bits, vector, self.columns, out)
        })
    }
}
