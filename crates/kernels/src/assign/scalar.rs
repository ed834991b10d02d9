//! Portable forms. The table has no vector form: WebAssembly cannot gather.

use super::{CHUNK, Table};

/// Counts the boundaries below each value.
#[inline(always)]
pub(super) fn count(boundaries: &[f32], values: &[f32], indices: &mut [u16]) {
    for (&value, index) in values.iter().zip(indices) {
        let mut below = 0u16;
        for &boundary in boundaries {
            below += u16::from(boundary < value);
        }
        *index = below;
    }
}

/// The table's guess and first comparison, then as many as the fullest cell needs.
#[inline(always)]
fn look_up_each<const N: usize, const STEPS: u32>(
    table: &Table,
    boundaries: &[f32],
    values: &[f32; N],
    indices: &mut [u16; N],
) {
    let mut found = values.map(|value| {
        let cell = table.cells[table.cell(value)];
        (cell.before + u32::from(cell.boundary < value)) as usize
    });
    for _ in 1..STEPS {
        for (found, &value) in found.iter_mut().zip(values) {
            *found += usize::from(boundaries[*found] < value);
        }
    }
    *indices = found.map(|found| found as u16);
}

#[inline(always)]
fn look_up_all<const STEPS: u32>(table: &Table, boundaries: &[f32], values: &[f32], indices: &mut [u16]) {
    let (chunks, rest) = values.as_chunks::<CHUNK>();
    let (index_chunks, index_rest) = indices.as_chunks_mut::<CHUNK>();
    for (values, indices) in chunks.iter().zip(index_chunks) {
        look_up_each::<CHUNK, STEPS>(table, boundaries, values, indices);
    }
    for (value, index) in rest.iter().zip(index_rest) {
        look_up_each::<1, STEPS>(
            table,
            boundaries,
            std::array::from_ref(value),
            std::array::from_mut(index),
        );
    }
}

/// By the table; `boundaries` are followed by as many infinities as there are steps at most.
pub(super) fn look_up(table: &Table, boundaries: &[f32], values: &[f32], indices: &mut [u16]) {
    match table.steps {
        0..=1 => look_up_all::<1>(table, boundaries, values, indices),
        2 => look_up_all::<2>(table, boundaries, values, indices),
        3 => look_up_all::<3>(table, boundaries, values, indices),
        _ => look_up_all::<{ super::MAX_STEPS }>(table, boundaries, values, indices),
    }
}

/// By halving.
pub(super) fn halve(boundaries: &[f32], values: &[f32], indices: &mut [u16]) {
    for (&value, index) in values.iter().zip(indices) {
        *index = boundaries.partition_point(|&boundary| boundary < value) as u16;
    }
}
