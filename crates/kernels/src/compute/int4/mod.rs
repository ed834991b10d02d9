//! 4-bit codes in groups of 32, one fp32 scale each, times an fp32 vector.
//!
//! Layout, which is that of ONNX Runtime's MatMulNBits with blocks of 32 and no zero points: a row is
//! `ceil(columns / 32)` groups; a group is 16 bytes, two codes a byte, the first in the low bits; a weight is
//! (code − 8) · scale. Codes past the last column are ignored.
//!
//! The vector is laid out once for all rows, so that a group of codes is taken apart by masks alone: 32-bit word `l` of a
//! group holds the codes of columns `8·l` to `8·l + 7`, so code `n` of the four words multiplies the columns
//! `n, 8 + n, 16 + n, 24 + n`. A masked code is the code times a power of 16; the vector's elements are divided by
//! that power, which is exact but for subnormals. The subtraction of 8 is done once a group: 8 · Σ vector.
//! Each group's products are added in four lanes in the order of `n`, then scaled and added to the row's four lanes.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use super::{ShapeError, each_row, error::expect};

/// Weights that share a scale.
pub const GROUP: usize = 32;
/// Bytes of a group's codes.
pub const GROUP_BYTES: usize = GROUP / 2;
/// The code of 0.0.
pub const ZERO_POINT: u8 = 8;

/// Lanes of a sum.
const LANES: usize = 4;
/// Codes of a 32-bit word.
const CODES: usize = GROUP / LANES;

/// Groups of a row.
pub const fn groups(columns: usize) -> usize {
    columns.div_ceil(GROUP)
}

/// 32 elements of the vector, as the kernel wants them.
#[derive(Clone, Copy)]
struct Part {
    /// Element `l` of row `n` is column `8·l + n` divided by 16^(n % 4).
    factors: [[f32; LANES]; CODES],
    /// 8 · Σ over `n`, by lanes.
    offset: [f32; LANES],
}

impl Part {
    fn new(vector: &[f32]) -> Self {
        let mut part = Self {
            factors: [[0.0; LANES]; CODES],
            offset: [0.0; LANES],
        };
        for (column, &value) in vector.iter().enumerate() {
            let (lane, code) = (column / CODES, column % CODES);
            part.factors[code][lane] = value * [1.0, 1.0 / 16.0, 1.0 / 256.0, 1.0 / 4096.0][code % 4];
            part.offset[lane] += value;
        }
        part.offset = part.offset.map(|sum| sum * f32::from(ZERO_POINT));
        part
    }
}

/// out\[r\] = Σ (code\[r\]\[c\] − 8) · scale\[r\]\[c / 32\] · vector\[c\]. Allocates 144 bytes for each 32 columns.
///
/// # Errors
/// Unless `codes` has 16 bytes and `scales` one number for each group of each row of `out`.
pub fn matvec(codes: &[u8], scales: &[f32], vector: &[f32], out: &mut [f32]) -> Result<(), ShapeError> {
    let parts = check(codes, scales, vector, out)?;
    by(codes, scales, &parts, out, chosen::four);
    Ok(())
}

fn check(codes: &[u8], scales: &[f32], vector: &[f32], out: &[f32]) -> Result<Vec<Part>, ShapeError> {
    let row = groups(vector.len());
    let all = out.len().checked_mul(row);
    expect("scales", all, scales.len())?;
    expect(
        "bytes of codes",
        all.and_then(|groups| groups.checked_mul(GROUP_BYTES)),
        codes.len(),
    )?;
    Ok(vector.chunks(GROUP).map(Part::new).collect())
}

/// The codes of a row's groups, and their scales.
type Row<'a> = (&'a [[u8; GROUP_BYTES]], &'a [f32]);

#[inline(always)]
fn by(
    codes: &[u8],
    scales: &[f32],
    parts: &[Part],
    out: &mut [f32],
    four: impl Fn([Row; super::ROWS], &[Part]) -> [[f32; LANES]; super::ROWS],
) {
    let scales_of = |row: usize| &scales[row * parts.len()..][..parts.len()];
    each_row(
        codes.as_chunks::<GROUP_BYTES>().0,
        parts.len(),
        out,
        |first, rows| {
            let rows = std::array::from_fn(|index| (rows[index], scales_of(first + index)));
            four(rows, parts).map(add_lanes)
        },
        |row, codes| add_lanes(scalar::one((codes, scales_of(row)), parts)),
    );
}

#[inline(always)]
fn add_lanes([a, b, c, d]: [f32; LANES]) -> f32 {
    (a + b) + (c + d)
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::four;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::four;
}
