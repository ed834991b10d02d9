//! What codes stand for.

use super::header::Grid;

/// The weight of `code` under `quantizer` (0 without a trellis). The only rounding is that of the product with the step.
#[inline]
pub fn value(grid: &Grid, quantizer: u8, code: i16) -> f32 {
    let magnitude = i32::from(code.unsigned_abs());
    let point = match grid.trellis {
        None => magnitude,
        Some(_) => 2 * magnitude - i32::from(quantizer & 1 != 0 && code != 0),
    };
    let offset = match point {
        0 => return 0.0,
        1 => grid.offsets[0],
        2 => grid.offsets[1],
        _ => grid.offsets[2],
    };
    // Below 2^24: exact.
    let scaled = (point * 256 + i32::from(offset)) as f32 * (1.0 / 256.0) * grid.step;
    if code < 0 { -scaled } else { scaled }
}
