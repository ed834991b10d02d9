//! 4-bit codes in groups of 32, one fp32 scale each, times an fp32 vector.
//!
//! Layout, which is that of ONNX Runtime's MatMulNBits with blocks of 32 and no zero points: a row is
//! `ceil(columns / 32)` groups; a group is 16 bytes, two codes a byte, the first in the low bits; a weight is
//! (code − 8) · scale. Codes past the last column are ignored.
//!
//! The vector is made ready once for all rows: each 32 of its elements become integers of 16 bits with a scale, which
//! is their greatest magnitude / 32767. So each element is off by at most 1/65534 of the greatest of its 32, where
//! rounding to four bits moved the weights by up to 1/16 of theirs. Products and sums within a group are then exact, as
//! integers; each group's four lanes are scaled and added to the row's four lanes in the order of the groups.
//!
//! 16-bit word `l` of a group holds the codes of columns `4·l` to `4·l + 3`, so code `n` of the eight words multiplies
//! the columns `n, 4 + n, …, 28 + n`: a group is taken apart by shifts and masks alone. The subtraction of 8 is done
//! once a group, as 8 · Σ vector.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

use super::{ShapeError, each_row, error::expect, symmetric_codes};

/// Weights that share a scale.
pub const GROUP: usize = 32;
/// Bytes of a group's codes.
pub const GROUP_BYTES: usize = GROUP / 2;
/// The code of 0.0.
pub const ZERO_POINT: u8 = 8;

/// Lanes of a sum; each adds two columns of each code.
const LANES: usize = 4;
/// 16-bit words of a group.
const WORDS: usize = GROUP_BYTES / 2;
/// Codes of a word.
const CODES: usize = GROUP / WORDS;

/// Groups of a row.
pub const fn groups(columns: usize) -> usize {
    columns.div_ceil(GROUP)
}

/// 32 elements of the vector, as the kernel wants them.
#[derive(Clone, Copy)]
struct Part {
    /// Element `l` of row `n` is column `4·l + n`, in units of `scale`.
    factors: [[i16; WORDS]; CODES],
    /// 8 · Σ of what each lane multiplies.
    offset: [i32; LANES],
    scale: f32,
}

impl Part {
    fn new(vector: &[f32]) -> Self {
        let mut part = Self {
            factors: [[0; WORDS]; CODES],
            offset: [0; LANES],
            scale: 0.0,
        };
        let mut integers = [0i16; GROUP];
        part.scale = symmetric_codes(vector, &mut integers[..vector.len()]);
        for (column, &integer) in integers.iter().enumerate() {
            let (word, code) = (column / CODES, column % CODES);
            part.factors[code][word] = integer;
            part.offset[word / 2] += i32::from(integer) * i32::from(ZERO_POINT);
        }
        part
    }
}

/// out\[r\] = Σ (code\[r\]\[c\] − 8) · scale\[r\]\[c / 32\] · vector\[c\]. Allocates 84 bytes for each 32 columns. An infinity or
/// NaN in the vector makes all of `out` NaN; elements below 1e-34 in a group without greater ones count as 0.
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
