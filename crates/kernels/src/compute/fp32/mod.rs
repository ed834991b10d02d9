//! fp32 matrix times fp32 vector: what the kernels for quantized weights are measured against.
//!
//! Product `i` of a row is added in lane `i % 8`, and the lanes are added in one order.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use super::{ShapeError, each_row, expect_len, product};

const LANES: usize = 8;

/// out\[r\] = Σ weights\[r\]\[c\] · vector\[c\].
///
/// # Errors
/// Unless `weights` has as many elements as `out` and `vector` multiplied.
pub fn matvec(weights: &[f32], vector: &[f32], out: &mut [f32]) -> Result<(), ShapeError> {
    product("weights", out.len(), vector.len(), weights.len())?;
    let columns = vector.len();
    let (chunks, rest) = vector.as_chunks::<LANES>();
    each_row(
        weights,
        columns,
        out,
        |_, rows| {
            let whole = rows.map(|row| row.as_chunks::<LANES>().0);
            let mut lanes = chosen::lanes_of_four(whole, chunks);
            std::array::from_fn(|row| finish(&mut lanes[row], &rows[row][columns - rest.len()..], rest))
        },
        |_, row| dot_of(row, vector),
    );
    Ok(())
}

/// The dot product of two vectors.
///
/// # Errors
/// Unless the two have the same length.
pub fn dot(a: &[f32], b: &[f32]) -> Result<f32, ShapeError> {
    expect_len("vector", a.len(), b.len())?;
    Ok(dot_of(a, b))
}

#[inline(always)]
fn dot_of(row: &[f32], vector: &[f32]) -> f32 {
    let (chunks, rest) = vector.as_chunks::<LANES>();
    let (row_chunks, row_rest) = row.as_chunks::<LANES>();
    finish(&mut scalar::lanes(row_chunks, chunks), row_rest, rest)
}

/// Adds what is left of a row, and the lanes.
#[inline(always)]
fn finish(lanes: &mut [f32; LANES], row: &[f32], vector: &[f32]) -> f32 {
    for ((lane, a), b) in lanes.iter_mut().zip(row).zip(vector) {
        *lane += a * b;
    }
    let [a, b, c, d, e, f, g, h] = *lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::lanes_of_four;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::lanes_of_four;
}
