//! Four rows share the loads of the vector. Bound by memory for matrices beyond the caches.

use super::super::ROWS;
use super::LANES;
use crate::vector::{lanes, load, part};
use core::arch::wasm32::*;

/// Sums of products by lanes, for four rows.
#[inline(always)]
pub(super) fn lanes_of_four(rows: [&[[f32; LANES]]; ROWS], vector: &[[f32; LANES]]) -> [[f32; LANES]; ROWS] {
    let mut sums = [[f32x4_splat(0.0); 2]; ROWS];
    // Of one length, so that one comparison bounds all.
    let rows = rows.map(|row| &row[..vector.len()]);
    for (index, chunk) in vector.iter().enumerate() {
        for half in 0..2 {
            let values = load(part::<_, 4, LANES>(chunk, half));
            for row in 0..ROWS {
                let weights = load(part::<_, 4, LANES>(&rows[row][index], half));
                sums[row][half] = f32x4_add(sums[row][half], f32x4_mul(weights, values));
            }
        }
    }
    sums.map(|[low, high]| {
        let mut all = [0.0; LANES];
        all[..4].copy_from_slice(&lanes::<f32, 4>(low));
        all[4..].copy_from_slice(&lanes::<f32, 4>(high));
        all
    })
}
