//! From two factors to a low-rank block.

use super::super::effort::Effort;
use super::super::kind::Kind;
use super::super::number::Number;
use super::super::scaled::write_nested;
use super::super::{Layout, Nested, Scratch};
use alloc::vec::Vec;
use tensorpress_transforms::{Factor, LowRank};

/// Appends a block; or appends nothing and says so where it cannot hold `matrix`.
#[must_use]
pub fn encode(matrix: &LowRank, number: Number, effort: Effort, out: &mut Vec<u8>, scratch: &mut Scratch) -> bool {
    let LowRank {
        rows,
        columns,
        rank,
        left,
        right,
        remainder,
    } = matrix;
    let elements = rows * columns;
    let factors = (rows + columns) * rank;
    let ascending = remainder.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let inside = remainder.last().is_none_or(|last| (last.0 as usize) < elements);
    let scaled = |factor: &Factor| !matches!(factor, Factor::Int8 { scales, .. } if scales.len() != *rank);
    let sized = left.len() == rows * rank && right.len() == rank * columns && scaled(left) && scaled(right);
    if elements == 0 || factors > elements || !ascending || !inside || !sized {
        return false;
    }
    out.extend_from_slice(&[Kind::LowRank as u8, number as u8]);
    for dimension in [rows, columns, rank] {
        out.extend_from_slice(&(*dimension as u32).to_le_bytes());
    }
    write_factor(left, effort, out, scratch);
    write_factor(right, effort, out, scratch);
    out.extend_from_slice(&(remainder.len() as u32).to_le_bytes());
    let values: Vec<u8> = remainder.iter().flat_map(|(_, value)| value.to_le_bytes()).collect();
    write_nested(&values, Layout::F32, Nested::IN_LOW_RANK, effort, out, scratch);
    let mut next = 0;
    let gaps: Vec<u8> = remainder
        .iter()
        .flat_map(|&(position, _)| {
            let gap = position - next;
            next = position + 1;
            gap.to_le_bytes()
        })
        .collect();
    write_nested(&gaps, Layout::W4, Nested::IN_SCALED, effort, out, scratch);
    true
}

fn write_factor(factor: &Factor, effort: Effort, out: &mut Vec<u8>, scratch: &mut Scratch) {
    let nested = Nested::IN_LOW_RANK;
    let singles = |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    match factor {
        Factor::F32(values) => {
            out.push(0);
            write_nested(&singles(values), Layout::F32, nested, effort, out, scratch);
        }
        Factor::F16(bits) => {
            out.push(1);
            let bytes: Vec<u8> = bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
            write_nested(&bytes, Layout::F16, nested, effort, out, scratch);
        }
        Factor::Int8 { codes, scales } => {
            out.push(2);
            write_nested(&singles(scales), Layout::F32, nested, effort, out, scratch);
            let bytes: Vec<u8> = codes.iter().map(|&code| code as u8).collect();
            write_nested(&bytes, Layout::U8, nested, effort, out, scratch);
        }
    }
}
