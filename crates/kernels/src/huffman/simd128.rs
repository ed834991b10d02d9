//! Filling the tables, two entries at a time.

use super::encode::LENGTH_MASK;
use core::arch::wasm32::*;

/// Writes `first` (one symbol) followed by each entry of `rest`, none of them full, to every `step`th place of `table`.
///
/// # Safety
/// `(rest.len() - 1) * step` must be an index of `table`.
#[inline(always)]
pub(super) unsafe fn fill(first: u64, rest: &[u64], table: &mut [u64], step: usize) {
    // The symbols move up by a byte; length and count, the upper two bytes of an entry, stay.
    let places = u8x16(0xFF, 0, 1, 2, 3, 4, 6, 7, 0xFF, 8, 9, 10, 11, 12, 14, 15);
    let firsts = u64x2_splat(first);
    let (pairs, single) = rest.as_chunks::<2>();
    let mut target = table.as_mut_ptr();
    for pair in pairs {
        // SAFETY: a pair is 16 bytes; both places are below that of the last entry, or its own, which by contract lies
        // within the table. The pointer for the next pair is computed without claiming that it lies within.
        unsafe {
            let entries = u64x2_add(u8x16_swizzle(v128_load(pair.as_ptr().cast()), places), firsts);
            v128_store64_lane::<0>(entries, target.cast());
            v128_store64_lane::<1>(entries, target.add(step).cast());
            target = target.wrapping_add(2 * step);
        }
    }
    if let [then] = *single {
        const UPPER: u64 = 0xFFFF << 48;
        // SAFETY: as above.
        unsafe { *target = first + (then & UPPER) + ((then & !UPPER) << 8) };
    }
}

/// Fills `row` with the entries of pairs, each of `firsts` followed by `second`; gives what is left of both.
#[inline(always)]
pub(super) fn join<'a, 'b>(firsts: &'a [u64], second: u64, row: &'b mut [u64]) -> (&'a [u64], &'b mut [u64]) {
    let (pairs, rest) = firsts.as_chunks::<2>();
    let (slots, row_rest) = row.split_at_mut(firsts.len().min(row.len()) & !1);
    let seconds = u64x2_splat(second);
    let lengths = u64x2_splat(LENGTH_MASK);
    for (slot, pair) in slots.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
        // SAFETY: a pair is 16 bytes, of `firsts` as of the row.
        unsafe {
            let first = v128_load(pair.as_ptr().cast());
            let code = u64x2_shr(v128_andnot(first, lengths), (second & LENGTH_MASK) as u32);
            let joined = u64x2_add(u64x2_add(code, v128_and(first, lengths)), seconds);
            v128_store(slot.as_mut_ptr().cast(), joined);
        }
    }
    (rest, row_rest)
}
