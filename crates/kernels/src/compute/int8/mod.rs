//! int8 × int8 with sums of 32 bits: dot product and matrix times vector.
//!
//! Products are at most 2^14 in magnitude, so [`MAX_COLUMNS`] of them cannot overflow a sum, whatever the codes; and
//! integer sums do not depend on their order.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use super::{ShapeError, each_row, expect_len, product, scale_sums, symmetric_codes};

/// The most products that may be added: one less than 2^31 / 2^14.
pub const MAX_COLUMNS: usize = (1 << 17) - 1;

/// Codes that are multiplied together.
const CHUNK: usize = 16;

/// out\[r\] = Σ weights\[r\]\[c\] · vector\[c\].
///
/// # Errors
/// Unless `weights` has as many codes as `out` and `vector` multiplied, and `vector` at most [`MAX_COLUMNS`].
pub fn matvec(weights: &[i8], vector: &[i8], out: &mut [i32]) -> Result<(), ShapeError> {
    product("weights", out.len(), vector.len(), weights.len())?;
    check_columns(vector.len())?;
    let columns = vector.len();
    let (chunks, rest) = vector.as_chunks::<CHUNK>();
    each_row(
        weights,
        columns,
        out,
        |_, rows| {
            let mut sums = chosen::four(rows.map(|row| row.as_chunks::<CHUNK>().0), chunks);
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum += scalar::sum(&row[columns - rest.len()..], rest);
            }
            sums
        },
        |_, row| dot_of(row, vector),
    );
    Ok(())
}

/// out\[r\] = row_scales\[r\] · Σ weights\[r\]\[c\] · vector\[c\], for a vector of fp32, of which codes of 8 bits are made
/// first: an element is off by at most 1/254 of the greatest magnitude. An infinity or NaN in it makes all of `out` NaN.
///
/// # Errors
/// As [`matvec`], and unless there is a scale for each row.
pub fn matvec_scaled(weights: &[i8], row_scales: &[f32], vector: &[f32], out: &mut [f32]) -> Result<(), ShapeError> {
    // Before anything is allocated.
    product("weights", out.len(), vector.len(), weights.len())?;
    let mut codes = vec![0i8; vector.len()];
    let scale = symmetric_codes(vector, &mut codes);
    let mut sums = vec![0; out.len()];
    matvec(weights, &codes, &mut sums)?;
    scale_sums(&sums, row_scales, scale, out)
}

/// The dot product of two vectors.
///
/// # Errors
/// Unless the two have the same length, at most [`MAX_COLUMNS`].
pub fn dot(a: &[i8], b: &[i8]) -> Result<i32, ShapeError> {
    expect_len("vector", a.len(), b.len())?;
    check_columns(a.len())?;
    Ok(dot_of(a, b))
}

#[inline(always)]
fn dot_of(a: &[i8], b: &[i8]) -> i32 {
    let (chunks, rest) = a.as_chunks::<CHUNK>();
    let (other_chunks, other_rest) = b.as_chunks::<CHUNK>();
    chosen::one(chunks, other_chunks) + scalar::sum(rest, other_rest)
}

fn check_columns(found: usize) -> Result<(), ShapeError> {
    if found > MAX_COLUMNS {
        return Err(ShapeError::Limit {
            what: "columns",
            limit: MAX_COLUMNS,
            found,
        });
    }
    Ok(())
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::{four, one};
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::{four, one};
}
