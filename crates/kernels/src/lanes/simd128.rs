//! Decoding rounds, four lanes a vector.
//!
//! There is no gather, so the four table entries are loaded one by one; all else is vector work. How far the words have
//! been used is the only chain between the vectors of a round.

use super::decode::{Choice, LOOPS_FOR_ALL, MASK};
use super::{DecodeTables, LOWEST, MAX_LANES, PRECISION, Trellis};
use core::arch::wasm32::*;

/// Lanes of a vector.
const WIDE: usize = 4;

/// By which of four lanes take a word: where each finds it among the next four words. Bytes beyond 15 give zeros.
static PLACES: [[u8; 16]; 16] = {
    let mut places = [[0xFF; 16]; 16];
    let mut mask = 0;
    while mask < 16 {
        let (mut lane, mut word) = (0, 0);
        while lane < WIDE {
            if mask >> lane & 1 == 1 {
                places[mask][4 * lane] = 2 * word;
                places[mask][4 * lane + 1] = 2 * word + 1;
                word += 1;
            }
            lane += 1;
        }
        mask += 1;
    }
    places
};

/// What chooses tables, as vectors need it.
pub(super) enum Names<'a> {
    /// There is one table.
    None,
    /// The names of the symbols.
    Chosen(&'a [u8]),
    /// The contexts of the symbols, and the states of the machines.
    Followed(Trellis, &'a mut [u8], &'a mut [u8; Trellis::MACHINES]),
}

/// [`Names`] without what they hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    First,
    Chosen,
    Followed,
}

/// Decodes one symbol of every lane for each of `rounds` from `start` on; gives where the next word is. `LANES` is 8 or 32,
/// and so is `lanes`, by which it is not known when compiling.
///
/// # Safety
/// From `at` on, `words` must have `2 * LANES` bytes for each round. `start` must be a multiple of `LANES`, and `dst` and
/// the names have `LANES` bytes for each round from there. The names must be below the number of tables; with a trellis
/// twice a name and 1 must be.
#[allow(clippy::too_many_arguments)] // The state of a loop that is entered again.
#[inline(always)]
pub(super) unsafe fn decode_rounds<const LANES: usize, C: Choice + ?Sized>(
    tables: &DecodeTables,
    choice: &mut C,
    lanes: usize,
    words: &[u8],
    at: usize,
    states: &mut [u32; LANES],
    dst: &mut [u8],
    start: usize,
    rounds: usize,
) -> usize {
    // Where the choice is known, so is which of them it is.
    let (mode, names, followed) = match choice.names() {
        Names::None => (Mode::First, core::ptr::null_mut(), None),
        // They are only read.
        Names::Chosen(names) => (Mode::Chosen, names.as_ptr().cast_mut(), None),
        Names::Followed(trellis, names, machines) => (Mode::Followed, names.as_mut_ptr(), Some((trellis, machines))),
    };
    let entries = tables.entries.as_ptr();
    let mask = u32x4_splat(MASK);
    // Where code is to be small the number is not known when compiling, so that the loops are not written out.
    let groups = if LOOPS_FOR_ALL { LANES } else { lanes.min(LANES) } / WIDE;
    let mut local = [u32x4_splat(0); MAX_LANES / WIDE];
    for (group, local) in local[..groups].iter_mut().enumerate() {
        *local = u32x4(
            states[4 * group],
            states[4 * group + 1],
            states[4 * group + 2],
            states[4 * group + 3],
        );
    }
    let (feedback, input) = followed.as_ref().map_or((0, 0), |(trellis, _)| trellis.taps());
    let (feedback, input) = (u32x4_splat(feedback), u32x4_splat(input));
    let one = u32x4_splat(1);
    let mut machines = [u32x4_splat(0); MAX_LANES / WIDE];
    if let Some((_, from)) = &followed {
        for (group, machine) in machines.iter_mut().enumerate() {
            let byte = |lane: usize| u32::from(from[4 * group + lane]);
            *machine = u32x4(byte(0), byte(1), byte(2), byte(3));
        }
    }
    let mut next = words.as_ptr().wrapping_add(at);
    for round in 0..rounds {
        let place = start + round * LANES;
        for group in 0..groups {
            let state = local[group];
            let mut slots = v128_and(state, mask);
            let machine = if LANES == MAX_LANES {
                group
            } else {
                group + place % MAX_LANES / WIDE
            };
            if mode != Mode::First {
                // SAFETY: by contract there are LANES names for this round, and this group's four are among them.
                let to = unsafe { names.add(place + WIDE * group) };
                // SAFETY: as above.
                let bytes = unsafe { v128_load32_zero(to.cast::<u32>()) };
                let mut name = u32x4_extend_low_u16x8(u16x8_extend_low_u8x16(bytes));
                if mode == Mode::Followed {
                    name = i32x4_add(i32x4_add(name, name), v128_and(machines[machine], one));
                    // SAFETY: as above.
                    unsafe { store(name, to) };
                }
                slots = v128_or(slots, u32x4_shl(name, PRECISION));
            }
            // SAFETY: by contract the names are below the number of tables, each of which has 2^PRECISION entries.
            let entry = unsafe {
                let entry = v128_load32_zero(entries.add(u32x4_extract_lane::<0>(slots) as usize));
                let entry = v128_load32_lane::<1>(entry, entries.add(u32x4_extract_lane::<1>(slots) as usize));
                let entry = v128_load32_lane::<2>(entry, entries.add(u32x4_extract_lane::<2>(slots) as usize));
                v128_load32_lane::<3>(entry, entries.add(u32x4_extract_lane::<3>(slots) as usize))
            };
            let frequency = v128_and(u32x4_shr(entry, 8), mask);
            let state = i32x4_add(
                i32x4_mul(frequency, u32x4_shr(state, PRECISION)),
                u32x4_shr(entry, 8 + PRECISION),
            );
            let low = i32x4_eq(u32x4_shr(state, LOWEST.trailing_zeros()), u32x4_splat(0));
            let taking = i32x4_bitmask(low);
            // SAFETY: the groups before used at most 8 bytes each, and by contract there are 8 for each group.
            let upcoming = unsafe { v128_load64_zero(next.cast::<u64>()) };
            // SAFETY: a mask of four lanes is below 16, and each entry has 16 bytes.
            let places = unsafe { v128_load(PLACES.get_unchecked(usize::from(taking)).as_ptr().cast()) };
            let word = u8x16_swizzle(upcoming, places);
            local[group] = v128_bitselect(v128_or(u32x4_shl(state, 16), word), state, low);
            next = next.wrapping_add(2 * taking.count_ones() as usize);
            let symbol = v128_and(entry, u32x4_splat(0xFF));
            // SAFETY: by contract there are LANES bytes of output for this round.
            unsafe { store(symbol, dst.as_mut_ptr().add(place + WIDE * group)) };
            if mode == Mode::Followed {
                let state = machines[machine];
                let fed = v128_and(i32x4_neg(v128_and(state, one)), feedback);
                let parity = v128_and(u32x4_shr(i32x4_add(symbol, one), 1), one);
                let taken = v128_and(i32x4_neg(parity), input);
                machines[machine] = v128_xor(u32x4_shr(state, 1), v128_xor(fed, taken));
            }
        }
    }
    for (group, &local) in local[..groups].iter().enumerate() {
        let from = [
            u32x4_extract_lane::<0>(local),
            u32x4_extract_lane::<1>(local),
            u32x4_extract_lane::<2>(local),
            u32x4_extract_lane::<3>(local),
        ];
        states[4 * group..][..4].copy_from_slice(&from);
    }
    if let Some((_, to)) = followed {
        for (machine, to) in machines.into_iter().zip(to.as_chunks_mut::<WIDE>().0) {
            // SAFETY: there are four bytes.
            unsafe { store(machine, to.as_mut_ptr()) };
        }
    }
    next as usize - words.as_ptr() as usize
}

/// Stores four numbers below 256 as bytes.
///
/// # Safety
/// There must be four bytes at `to`.
#[inline(always)]
unsafe fn store(from: v128, to: *mut u8) {
    let bytes = u8x16_swizzle(from, u32x4_splat(0x0c08_0400));
    // SAFETY: by contract.
    unsafe { v128_store32_lane::<0>(bytes, to.cast()) };
}
