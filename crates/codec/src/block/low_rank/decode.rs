//! From a low-rank block to weights.

use super::super::number::Number;
use super::super::reader::Reader;
use super::super::scaled::read_nested;
use super::super::{Nested, Scratch};
use crate::EngineError;
use crate::error::corrupt;
use alloc::vec::Vec;

/// Columns that are computed at once: their sums stay in a core's nearest cache while all of the rank is added.
const TILE: usize = 1024;

/// Decodes into exactly `out`.
pub(in crate::block) fn decode(scratch: &mut Scratch, payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    let mut reader = Reader::new("low-rank block", payload);
    let number = reader.number(out.len())?;
    let elements = out.len() / number.width();
    let (rows, columns, rank) = (reader.u32()?, reader.u32()?, reader.u32()?);
    // With such a rank the factors have no more numbers than the matrix, so that they are paid for by `out`.
    let factors = rows.checked_add(columns).and_then(|sum| sum.checked_mul(rank));
    if rows.checked_mul(columns) != Some(elements) || elements == 0 || factors.is_none_or(|all| all > elements) {
        return Err(reader.corrupt(detail!(
            "a matrix of {rows} by {columns} of rank {rank} for {elements} weights"
        )));
    }
    let mut buffer = scratch.pool.take();
    let result = read_parts(&mut reader, scratch, [rows, columns, rank], &mut buffer);
    scratch.pool.give(buffer);
    let matrix = result?;
    reader.finish()?;
    if !matrix.iter().all(|weight| weight.is_finite()) {
        return Err(corrupt("low-rank block", "a weight that is not finite"));
    }
    number.write(&matrix, out);
    Ok(())
}

/// The matrix, from both factors and the corrections.
fn read_parts(
    reader: &mut Reader,
    scratch: &mut Scratch,
    [rows, columns, rank]: [usize; 3],
    buffer: &mut Vec<u8>,
) -> Result<Vec<f32>, EngineError> {
    let left = read_factor(reader, scratch, rank, rows, buffer)?;
    let right = read_factor(reader, scratch, rank, columns, buffer)?;
    let elements = rows * columns;
    let extra = reader.u32()?;
    if extra > elements {
        return Err(reader.corrupt(detail!("{extra} corrections of {elements} weights")));
    }
    let mut values = Vec::new();
    Number::Single.read(
        read_nested(reader, scratch, extra * 4, Nested::IN_LOW_RANK, buffer)?,
        &mut values,
    );
    let gaps = read_nested(reader, scratch, extra * 4, Nested::IN_SCALED, buffer)?;
    let mut matrix = product(&left, &right, rows, columns, rank);
    let mut next = 0u64;
    for (gap, value) in gaps.chunks_exact(4).zip(&values) {
        let position = next + u64::from(u32::from_le_bytes([gap[0], gap[1], gap[2], gap[3]]));
        let slot = usize::try_from(position).ok().and_then(|at| matrix.get_mut(at));
        *slot.ok_or_else(|| reader.corrupt(detail!("a correction of weight {position} of {elements}")))? += value;
        next = position + 1;
    }
    Ok(matrix)
}

/// `rank` components of `length` numbers each.
fn read_factor(
    reader: &mut Reader,
    scratch: &mut Scratch,
    rank: usize,
    length: usize,
    buffer: &mut Vec<u8>,
) -> Result<Vec<f32>, EngineError> {
    let (count, nested) = (rank * length, Nested::IN_LOW_RANK);
    let mut numbers = Vec::with_capacity(count);
    match reader.u8()? {
        0 => Number::Single.read(read_nested(reader, scratch, count * 4, nested, buffer)?, &mut numbers),
        1 => Number::Half.read(read_nested(reader, scratch, count * 2, nested, buffer)?, &mut numbers),
        2 => {
            let mut scales = Vec::with_capacity(rank);
            Number::Single.read(read_nested(reader, scratch, rank * 4, nested, buffer)?, &mut scales);
            let codes = read_nested(reader, scratch, count, nested, buffer)?;
            for (codes, scale) in codes.chunks_exact(length).zip(&scales) {
                numbers.extend(codes.iter().map(|&code| f32::from(code as i8) * scale));
            }
        }
        other => return Err(reader.corrupt(detail!("a factor of kind {other}, expected 0 to 2"))),
    }
    Ok(numbers)
}

/// The product of factors that lie component by component, each sum from 0 in the order of the rank, every operation rounded to fp32.
fn product(left: &[f32], right: &[f32], rows: usize, columns: usize, rank: usize) -> Vec<f32> {
    let mut matrix = vec![0.0f32; rows * columns];
    for (row, target) in matrix.chunks_exact_mut(columns).enumerate() {
        for (tile, sums) in target.chunks_mut(TILE).enumerate() {
            for k in 0..rank {
                let factor = left[k * rows + row];
                let terms = &right[k * columns + tile * TILE..];
                for (sum, term) in sums.iter_mut().zip(terms) {
                    *sum += factor * term;
                }
            }
        }
    }
    matrix
}
