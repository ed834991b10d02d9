//! How often each field occurs.
//!
//! Bound by instructions: shift, mask and address of the field, and load, increment and store of its count.

use super::FieldLayout;
use super::word::Word;
use alloc::vec::Vec;

/// Tables that neighbours are counted in, so that equal ones do not wait for each other's store.
const TABLES: usize = 2;
/// Bytes that are loaded at once.
const LOAD: usize = 8;
/// Loads of a round.
const LOADS: usize = 4;

/// Elements of one run of a sample.
const RUN: usize = 64;

/// Counts of all fields of `src`, which is a whole number of elements.
///
/// A function of its own: engines allocate the registers of very large ones carelessly.
#[inline(never)]
pub(super) fn count<W: Word>(layout: FieldLayout, src: &[u8]) -> Vec<u32> {
    let mut counts = vec![0u32; TABLES << layout.field_bits()];
    add::<W>(layout, src, &mut counts);
    sum(layout, counts, 1)
}

/// The counts of about one run in `every`. Which one of as many is a matter of chance, for columns of a matrix may
/// differ, and a fixed choice may meet the same ones in every row.
///
/// A function of its own: engines allocate the registers of very large ones carelessly.
#[inline(never)]
pub(super) fn sample<W: Word>(layout: FieldLayout, src: &[u8], every: usize) -> Vec<u32> {
    let mut counts = vec![0u32; TABLES << layout.field_bits()];
    for (index, runs) in src.chunks(every * RUN * W::BYTES).enumerate() {
        let chance = (index as u32).wrapping_mul(0x9e37_79b9) >> 16;
        let run = chance as usize % every;
        if let Some(run) = runs.chunks(RUN * W::BYTES).nth(run) {
            add::<W>(layout, run, &mut counts);
        }
    }
    sum(layout, counts, every as u32)
}

/// The sums of all tables, times a factor.
fn sum(layout: FieldLayout, mut counts: Vec<u32>, factor: u32) -> Vec<u32> {
    let size = 1usize << layout.field_bits();
    let (sums, others) = counts.split_at_mut(size);
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum = (*sum + *other).wrapping_mul(factor);
    }
    counts.truncate(size);
    counts
}

/// Counts the fields of `src` in the tables of `counts`.
#[inline(always)]
fn add<W: Word>(layout: FieldLayout, src: &[u8], counts: &mut [u32]) {
    let size = 1usize << layout.field_bits();
    assert!(counts.len() == size * TABLES);
    // Not rotated, the field lies one bit lower, below the sign.
    let shift = layout.raw_bits() - 1;
    let mask = size - 1;
    let tables = counts.as_mut_ptr();
    let (rounds, rest) = src.as_chunks::<{ LOAD * LOADS }>();
    for round in rounds {
        for (load, bytes) in round.as_chunks::<LOAD>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*bytes) >> shift;
            for lane in 0..LOAD / W::BYTES {
                let field = (word >> (8 * W::BYTES * lane)) as usize & mask;
                let table = (load * LOAD / W::BYTES + lane) % TABLES;
                // SAFETY: `field` is below `size`, the number of the table below TABLES.
                unsafe { *tables.add(table * size + field) += 1 };
            }
        }
    }
    for element in rest.chunks_exact(W::BYTES) {
        counts[usize::from(W::read(element).field(shift)) & mask] += 1;
    }
}
