//! Portable form; its part for less than a chunk serves both.
#![cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]

use super::super::ROWS;
use super::CHUNK;

/// The sum of the products of all pairs.
#[inline(always)]
pub(super) fn sum(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum()
}

/// As [`sum`], for whole chunks.
#[inline(always)]
pub(super) fn one(row: &[[i8; CHUNK]], vector: &[[i8; CHUNK]]) -> i32 {
    sum(row.as_flattened(), vector.as_flattened())
}

/// As [`one`], for four rows.
#[inline(always)]
pub(super) fn four(rows: [&[[i8; CHUNK]]; ROWS], vector: &[[i8; CHUNK]]) -> [i32; ROWS] {
    rows.map(|row| one(row, vector))
}
