//! Portable form.

use super::super::ROWS;
use super::LANES;

/// Sums of products by lanes.
#[inline(always)]
pub(super) fn lanes(row: &[[f32; LANES]], vector: &[[f32; LANES]]) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    for (a, b) in row.iter().zip(vector) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums
}

/// As [`lanes`], for four rows.
#[inline(always)]
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn lanes_of_four(rows: [&[[f32; LANES]]; ROWS], vector: &[[f32; LANES]]) -> [[f32; LANES]; ROWS] {
    rows.map(|row| lanes(row, vector))
}
