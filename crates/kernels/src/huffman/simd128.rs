//! Filling the decode table, two entries at a time.

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
