//! Eight codes widen while they are loaded; pairs of products are added by `i32x4_dot_i16x8`. Bound by loads.

use super::super::ROWS;
use super::CHUNK;
use crate::vector::{lanes, load_widened, part};
use core::arch::wasm32::*;

#[inline(always)]
fn total(sums: v128) -> i32 {
    lanes::<i32, 4>(sums).into_iter().sum()
}

/// The sum of the products of all pairs.
#[inline(always)]
pub(super) fn one(row: &[[i8; CHUNK]], vector: &[[i8; CHUNK]]) -> i32 {
    let mut sums = [i32x4_splat(0); 2];
    for (weights, values) in row.iter().zip(vector) {
        for half in 0..2 {
            let products = i32x4_dot_i16x8(
                load_widened(part::<_, 8, CHUNK>(weights, half)),
                load_widened(part::<_, 8, CHUNK>(values, half)),
            );
            sums[half] = i32x4_add(sums[half], products);
        }
    }
    total(i32x4_add(sums[0], sums[1]))
}

/// As [`one`], for four rows.
#[inline(always)]
pub(super) fn four(rows: [&[[i8; CHUNK]]; ROWS], vector: &[[i8; CHUNK]]) -> [i32; ROWS] {
    let mut sums = [i32x4_splat(0); ROWS];
    // Of one length, so that one comparison bounds all.
    let rows = rows.map(|row| &row[..vector.len()]);
    for (index, values) in vector.iter().enumerate() {
        for half in 0..2 {
            let values = load_widened(part::<_, 8, CHUNK>(values, half));
            for row in 0..ROWS {
                let weights = load_widened(part::<_, 8, CHUNK>(&rows[row][index], half));
                sums[row] = i32x4_add(sums[row], i32x4_dot_i16x8(weights, values));
            }
        }
    }
    sums.map(total)
}
