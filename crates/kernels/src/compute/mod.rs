//! Arithmetic on quantized and sparse weights, without expanding them to fp32 first.
//!
//! A matrix has `rows` outputs of `columns` inputs each, row after row. Sums of floats have fixed lanes in a fixed order,
//! so all builds give the same bits. Lengths that do not fit are errors, never a panic.

pub mod binary;
mod error;
pub mod fp32;
pub mod int4;
pub mod int8;
pub mod sparse;

pub use error::ShapeError;
use error::{expect_len, product};

use crate::group_ranges::range;
use crate::quantize::{Code, Grid, quantize};

/// Rows that share the loads of one vector.
const ROWS: usize = 4;

/// Floats of integer sums: out\[r\] = sums\[r\] · (row_scales\[r\] · factor), each operation in single precision. For
/// int8 `factor` is the scale of the vector's codes; for binary weights the mean magnitude that its signs stand for.
///
/// # Errors
/// Unless there is a scale and a place for each sum.
pub fn scale_sums(sums: &[i32], row_scales: &[f32], factor: f32, out: &mut [f32]) -> Result<(), ShapeError> {
    expect_len("row scales", sums.len(), row_scales.len())?;
    expect_len("outputs", sums.len(), out.len())?;
    for ((&sum, &scale), out) in sums.iter().zip(row_scales).zip(out) {
        *out = sum as f32 * (scale * factor);
    }
    Ok(())
}

/// Makes integers of a vector, symmetric about 0, and gives what 1 of them stands for: the greatest magnitude divided by
/// the greatest code. NaN, with all codes 0, if an element is not finite; 0 if all are 0 or so near it (below 1e-34)
/// that no product with a weight is more.
fn symmetric_codes<C: Code>(vector: &[f32], codes: &mut [C]) -> f32 {
    let finite = vector.iter().all(|value| value.is_finite());
    let greatest = range(vector).absmax();
    let inverse_scale = C::HIGHEST as f32 / greatest;
    if !finite || !inverse_scale.is_finite() {
        codes.fill(C::from_i32(0));
        return if finite { 0.0 } else { f32::NAN };
    }
    let grid = Grid {
        inverse_scale,
        zero: 0.0,
        low: -C::HIGHEST,
        high: C::HIGHEST,
    };
    quantize(vector, grid, codes);
    greatest / C::HIGHEST as f32
}

/// Calls `four` for each four rows and `one` for each that is left, with the number of the first row. Rows are
/// `row_len` elements of `weights`.
#[inline(always)]
fn each_row<W, O>(
    weights: &[W],
    row_len: usize,
    out: &mut [O],
    four: impl Fn(usize, [&[W]; ROWS]) -> [O; ROWS],
    one: impl Fn(usize, &[W]) -> O,
) {
    let row = |index: usize| &weights[index * row_len..][..row_len];
    let (blocks, rest) = out.as_chunks_mut::<ROWS>();
    let in_blocks = blocks.len() * ROWS;
    for (block, out) in blocks.iter_mut().enumerate() {
        let first = block * ROWS;
        *out = four(first, std::array::from_fn(|index| row(first + index)));
    }
    for (index, out) in rest.iter_mut().enumerate() {
        *out = one(in_blocks + index, row(in_blocks + index));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_scaled_by_row() {
        let mut out = [0.0; 2];
        scale_sums(&[3, -4], &[0.5, 2.0], 10.0, &mut out).unwrap();
        assert_eq!(out, [15.0, -80.0]);
        let error = scale_sums(&[3], &[], 1.0, &mut out[..1]).unwrap_err();
        assert_eq!(error.to_string(), "row scales: expected 1, found 0");
        assert!(scale_sums(&[3], &[1.0], 1.0, &mut out).is_err());
    }
}
