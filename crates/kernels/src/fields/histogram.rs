//! How often each field occurs.

use super::FieldLayout;
use super::word::Word;

/// Counts of all fields of `src`, which is a whole number of elements.
pub(super) fn count<W: Word>(layout: FieldLayout, src: &[u8]) -> Vec<u32> {
    let size = 1usize << layout.field_bits();
    let raw_bits = layout.raw_bits();
    // Two tables, so that equal neighbours do not wait for each other's store.
    let mut counts = vec![0u32; size * 2];
    let (even, odd) = counts.split_at_mut(size);
    let mut pairs = src.chunks_exact(W::BYTES * 2);
    for pair in &mut pairs {
        let (left, right) = pair.split_at(W::BYTES);
        even[usize::from(W::read(left).rotate_left_one().field(raw_bits))] += 1;
        odd[usize::from(W::read(right).rotate_left_one().field(raw_bits))] += 1;
    }
    for element in pairs.remainder().chunks_exact(W::BYTES) {
        even[usize::from(W::read(element).rotate_left_one().field(raw_bits))] += 1;
    }
    for (left, right) in even.iter_mut().zip(odd.iter()) {
        *left += right;
    }
    counts.truncate(size);
    counts
}
