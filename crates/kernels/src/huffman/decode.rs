//! The four-stream decoder.

use super::table::{COUNT_SHIFT, ENTRY_SYMBOLS, LEAST_WINDOW, LENGTH_SHIFT};
use super::{DecodeTable, MAX_LENGTH, STREAMS};

/// Look-ups from one 64-bit load: 4 * 12 bits, the 3 below the index's place and up to 7 of the first byte fit.
const LOOKUPS: usize = 4;
/// An index is taken as a byte offset to entries of 8 bytes, so the window stands 3 bits above the bottom.
const SCALE: u64 = 3;
/// The most bytes of input that one round of a stream uses.
const ROUND_INPUT: usize = (LOOKUPS * MAX_LENGTH as usize) / 8;
/// The most bytes of output that one round of a stream makes.
const ROUND_OUTPUT: usize = LOOKUPS * ENTRY_SYMBOLS as usize;
/// Bytes that the last store of a round writes beyond its symbols, at most.
const STORE_SLACK: usize = 8 - 1;

/// Decodes four streams into the four quarters of `dst` (each a quarter of its length, rounded up; the last ones
/// shorter), by windows of BITS bits, which must be [`DecodeTable::window`]. `ends` are the ends of the streams within `input`; the first begins at `start`. Gives `false` when a
/// stream does not end exactly where it should, or the table holds no code or another window; `dst` then holds garbage.
///
/// Always inlined: where the table is a static, its address then is a constant within the look-ups' loads, which saves
/// an addition and a register each.
///
/// # Panics
/// If `start` is 0 (a byte must precede the streams, it is read and ignored) or the ends are not in order within
/// `input`.
#[must_use]
#[inline(always)]
pub(super) fn decode4<const BITS: u32>(
    table: &DecodeTable,
    input: &[u8],
    start: usize,
    ends: [usize; STREAMS],
    dst: &mut [u8],
) -> bool {
    const { assert!(LEAST_WINDOW <= BITS && BITS <= MAX_LENGTH) };
    // Entries of a table without a code spell nothing, with which no decoder would come to an end.
    if table.window != BITS {
        return false;
    }
    let mut begin = start;
    for end in ends {
        assert!(0 < begin && begin <= end && end <= input.len(), "streams in order");
        begin = end;
    }
    let quarter = dst.len().div_ceil(STREAMS);
    // Bit positions stand SCALE bits before the next code.
    let mut bits = [start, ends[0], ends[1], ends[2]].map(|byte| byte as u64 * 8 - SCALE);
    let mut outs: [usize; STREAMS] = core::array::from_fn(|s| (s * quarter).min(dst.len()));
    let limits: [usize; STREAMS] = core::array::from_fn(|s| ((s + 1) * quarter).min(dst.len()));
    loop {
        let mut rounds = usize::MAX;
        for s in 0..STREAMS {
            let input_left = input.len().saturating_sub((bits[s] >> 3) as usize + 8);
            let output_left = (limits[s] - outs[s]).saturating_sub(STORE_SLACK);
            rounds = rounds.min(input_left / ROUND_INPUT).min(output_left / ROUND_OUTPUT);
        }
        if rounds == 0 {
            break;
        }
        // SAFETY: a round moves a stream's position on by at most LOOKUPS codes windows of MAX_LENGTH bits, which is
        // ROUND_INPUT bytes, so before each of the `rounds` rounds at least ROUND_INPUT bytes more than the 8 that
        // are loaded are left of `input`. It makes at most ROUND_OUTPUT bytes and its stores, of 8 bytes of which at
        // least one is a symbol, end at most STORE_SLACK bytes later, still below the stream's limit in `dst`.
        unsafe { decode_rounds::<BITS>(table, input, &mut bits, &mut outs, dst, rounds) };
    }
    for s in 0..STREAMS {
        let end = ends[s] as u64 * 8;
        let Some(last) = decode_checked::<BITS>(table, input, bits[s] + SCALE, end, &mut dst[outs[s]..limits[s]])
        else {
            return false;
        };
        // Less than a byte of padding, all zero.
        if end - last >= 8 || (last < end && input[ends[s] - 1] >> (last & 7) != 0) {
            return false;
        }
    }
    true
}

/// [`decode4`] with the window of the table.
#[cfg(any(test, feature = "self-test"))]
pub(crate) fn decode4_any(
    table: &DecodeTable,
    input: &[u8],
    start: usize,
    ends: [usize; STREAMS],
    dst: &mut [u8],
) -> bool {
    match table.window {
        LEAST_WINDOW => decode4::<LEAST_WINDOW>(table, input, start, ends, dst),
        _ => decode4::<MAX_LENGTH>(table, input, start, ends, dst),
    }
}

/// LOOKUPS look-ups of each stream a round, bound by their instructions: mask, load, store, three shifts, an addition.
/// The four streams hide the latency of the look-ups. A marker bit above the loaded bits tells at the end how many were used, so
/// no look-up counts them.
///
/// # Safety
/// For every stream `s`, `input` must hold at least `rounds * ROUND_INPUT + 8` bytes from byte `bits[s] / 8` on, and
/// `dst` at least `rounds * ROUND_OUTPUT + STORE_SLACK` bytes from `outs[s]` on.
#[inline(always)]
unsafe fn decode_rounds<const BITS: u32>(
    table: &DecodeTable,
    input: &[u8],
    bits: &mut [u64; STREAMS],
    outs: &mut [usize; STREAMS],
    dst: &mut [u8],
    rounds: usize,
) {
    let index_mask = ((1u64 << BITS) - 1) << SCALE;
    let source = input.as_ptr();
    let target = dst.as_mut_ptr();
    // SAFETY: by contract the positions lie within the slices.
    let mut from = bits.map(|at| unsafe { source.add((at >> 3) as usize) });
    let mut used = bits.map(|at| (at & 7) as u32);
    // SAFETY: as above. Pointers, as offsets would be added to the base in every look-up.
    let mut to = outs.map(|out| unsafe { target.add(out) });
    // SAFETY: the array holds the tables of all windows up to MAX_LENGTH bits, this one behind the smaller ones.
    let entries = unsafe { table.entries.as_ptr().add(1 << BITS) }.cast::<u8>();
    for _ in 0..rounds {
        let mut windows = [0u64; STREAMS];
        for s in 0..STREAMS {
            // SAFETY: by contract 8 bytes are readable here.
            let loaded = unsafe { from[s].cast::<u64>().read_unaligned() }.to_le();
            windows[s] = (loaded | 1 << 63) >> used[s];
        }
        for _ in 0..LOOKUPS {
            for s in 0..STREAMS {
                // SAFETY: the masked window is the byte offset of an entry, and the stores are allowed by contract.
                unsafe {
                    let entry = entries.add((windows[s] & index_mask) as usize).cast::<u64>().read();
                    to[s].cast::<u64>().write_unaligned(entry.to_le());
                    windows[s] = windows[s].wrapping_shr((entry >> LENGTH_SHIFT) as u32);
                    to[s] = to[s].add((entry >> COUNT_SHIFT) as usize);
                }
            }
        }
        for s in 0..STREAMS {
            let passed = windows[s].leading_zeros();
            // SAFETY: a round passes at most ROUND_INPUT bytes, which by contract are there.
            from[s] = unsafe { from[s].add((passed >> 3) as usize) };
            used[s] = passed & 7;
        }
    }
    for s in 0..STREAMS {
        bits[s] = (from[s] as usize - source as usize) as u64 * 8 + u64::from(used[s]);
        outs[s] = to[s] as usize - target as usize;
    }
}

/// Decodes what the rounds left, from bit `at` of `input`. Gives the position after the last symbol, or `None` if
/// that lies beyond `end`.
fn decode_checked<const BITS: u32>(
    table: &DecodeTable,
    input: &[u8],
    at: u64,
    end: u64,
    dst: &mut [u8],
) -> Option<u64> {
    let mut at = at;
    let mut left = dst;
    while !left.is_empty() {
        if at > end {
            return None;
        }
        let from = (at >> 3) as usize;
        let mut bytes = [0u8; 4];
        for (byte, &value) in bytes.iter_mut().zip(&input[from.min(input.len())..]) {
            *byte = value;
        }
        let window = (u32::from_le_bytes(bytes) >> (at & 7)) as usize & ((1 << BITS) - 1);
        let entry = table.entries[(1 << BITS) + window];
        let count = ((entry >> COUNT_SHIFT) as usize).min(left.len());
        for (slot, &symbol) in left.iter_mut().zip(entry.to_le_bytes().iter().take(count)) {
            *slot = symbol;
            at += u64::from(table.lengths[usize::from(symbol)]);
        }
        if count == 0 {
            return None;
        }
        left = &mut left[count..];
    }
    (at <= end).then_some(at)
}
