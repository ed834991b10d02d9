//! Weights and a vector of −1 and +1, one bit each: XNOR and population count, as in XNOR-Net (Rastegari et al., 2016).
//!
//! A set bit is +1. A row is `ceil(columns / 8)` bytes, the first column in the lowest bit, which is what
//! `threshold` and `pack` write; bits past the last column are ignored. out\[r\] is the sum of the products, which is
//! columns − 2 · (bits that differ); [`super::scale_sums`] multiplies it with what the signs stand for.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use super::{ShapeError, expect_len, product, scale_sums};

/// The most columns, so that no sum overflows.
pub const MAX_COLUMNS: usize = i32::MAX as usize;

/// Bytes of a row.
pub const fn row_bytes(columns: usize) -> usize {
    columns.div_ceil(8)
}

/// out\[r\] = Σ ±1 over the columns: +1 where the bits of weight and vector are equal.
///
/// # Errors
/// Unless `vector` has a bit for each of `columns`, at most [`MAX_COLUMNS`], and `weights` as many bytes for each row.
pub fn matvec(weights: &[u8], vector: &[u8], columns: usize, out: &mut [i32]) -> Result<(), ShapeError> {
    if columns > MAX_COLUMNS {
        return Err(ShapeError::Limit {
            what: "columns",
            limit: MAX_COLUMNS,
            found: columns,
        });
    }
    let bytes = row_bytes(columns);
    expect_len("bytes of the vector", bytes, vector.len())?;
    product("bytes of weights", out.len(), bytes, weights.len())?;
    by(weights, vector, columns, out, chosen::differences);
    Ok(())
}

/// out\[r\] = row_scales\[r\] · m · Σ ±1, where the vector of fp32 is replaced by its signs (0 and NaN count as +1)
/// and `m`, the mean of its magnitudes: XNOR-Net's approximation of both sides.
///
/// # Errors
/// As [`matvec`], and unless there is a scale for each row.
pub fn matvec_scaled(weights: &[u8], row_scales: &[f32], vector: &[f32], out: &mut [f32]) -> Result<(), ShapeError> {
    // Before anything is allocated.
    product("bytes of weights", out.len(), row_bytes(vector.len()), weights.len())?;
    let mut bits = vec![0; row_bytes(vector.len())];
    for (values, byte) in vector.chunks(8).zip(&mut bits) {
        for (bit, &value) in values.iter().enumerate() {
            let negative = value < 0.0;
            *byte |= u8::from(!negative) << bit;
        }
    }
    let total: f64 = vector.iter().map(|value| f64::from(value.abs())).sum();
    let mean = total / vector.len().max(1) as f64;
    let mut sums = vec![0; out.len()];
    matvec(weights, &bits, vector.len(), &mut sums)?;
    scale_sums(&sums, row_scales, mean as f32, out)
}

#[inline(always)]
fn by(weights: &[u8], vector: &[u8], columns: usize, out: &mut [i32], differences: impl Fn(&[u8], &[u8]) -> u32) {
    // Only the last byte may have bits that are not columns'.
    let whole = columns / 8;
    let mask = (1u8 << (columns % 8)).wrapping_sub(1);
    for (row, out) in out.iter_mut().enumerate() {
        let row = &weights[row * vector.len()..][..vector.len()];
        let last = match (row.get(whole), vector.get(whole)) {
            (Some(a), Some(b)) => ((a ^ b) & mask).count_ones(),
            _ => 0,
        };
        let differing = differences(&row[..whole], &vector[..whole]) + last;
        *out = (columns as i64 - 2 * i64::from(differing)) as i32;
    }
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::differences;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::differences;
}
