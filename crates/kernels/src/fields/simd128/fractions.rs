//! The sub-byte planes of one group, to and from one byte an element.

use super::{CHUNK, CHUNKS};
use crate::fields::GROUP;
use core::arch::wasm32::*;

/// One byte an element of a group.
pub(super) type Fractions = [v128; CHUNKS];

/// Bytes of a group in the planes of nibbles, pairs and bits.
const GROUP_BYTES: [usize; 3] = [GROUP / 2, GROUP / 4, GROUP / 8];

/// The planes of nibbles, pairs and bits among `partial`, the planes that exist for a fraction of `bits` bits; `none` for one that does not.
pub(super) fn named<P: Copy>(bits: u32, partial: &[P], none: P) -> [P; 3] {
    let mut partial = partial.iter();
    [4, 2, 1].map(|part| {
        if bits & part != 0 {
            partial.next().copied().unwrap_or(none)
        } else {
            none
        }
    })
}

/// Asserts that the planes of a fraction of `bits` bits hold `groups` groups.
pub(super) fn check_lengths(bits: u32, lengths: [usize; 3], groups: usize) {
    for ((part, length), group_bytes) in [4, 2, 1].into_iter().zip(lengths).zip(GROUP_BYTES) {
        assert!(
            bits & part == 0 || length / group_bytes >= groups,
            "planes of whole groups"
        );
    }
}

/// Shifts 16-bit lanes, which is cheaper than shifting bytes: the caller masks what crosses from byte to byte.
#[inline(always)]
fn shift_left(value: v128, by: i32) -> v128 {
    if by >= 0 {
        u16x8_shl(value, by as u32)
    } else {
        u16x8_shr(value, -by as u32)
    }
}

/// Where a fraction's planes are, and where their bits go. Of the planes that it has not, none of which counts, a vector
/// of zeros stands for every byte.
#[derive(Clone, Copy)]
pub(super) struct Unpacker {
    planes: [*const u8; 3],
    /// Bytes from group to group.
    steps: [usize; 3],
    /// Bytes from chunk to chunk, as masks of the place of a chunk's vector.
    within: [usize; 3],
    above_nibble: u32,
    above_pair: u32,
}

impl Unpacker {
    /// For a fraction of `bits` bits (0..=7).
    pub(super) fn new(bits: u32, planes: [*const u8; 3]) -> Self {
        static ZEROS: [u8; CHUNK] = [0; CHUNK];
        let has = [4, 2, 1].map(|part| bits & part != 0);
        let of = |sizes: [usize; 3]| core::array::from_fn(|plane| if has[plane] { sizes[plane] } else { 0 });
        Self {
            planes: core::array::from_fn(|plane| if has[plane] { planes[plane] } else { ZEROS.as_ptr() }),
            steps: of(GROUP_BYTES),
            within: of([3 * CHUNK, CHUNK, 0]),
            above_nibble: bits & 4,
            above_pair: bits & 6,
        }
    }

    /// The fractions of chunk `chunk` (below 8) of a group.
    ///
    /// # Safety
    /// Those of the planes of nibbles, pairs and bits that there are must hold that group.
    #[inline(always)]
    pub(super) unsafe fn chunk(&self, group: usize, chunk: usize) -> v128 {
        let load = |plane: usize| {
            let at = group * self.steps[plane] + (chunk * CHUNK & self.within[plane]);
            // SAFETY: by contract the plane has GROUP_BYTES for the group: 4 vectors, 2 or 1, as many as `within` leads
            // to; or it is a vector of zeros and both are 0.
            unsafe { v128_load(self.planes[plane].add(at).cast()) }
        };
        // Shifts of 16-bit lanes are cheaper than those of bytes: what crosses from byte to byte is masked.
        let chunk = chunk as u32;
        let nibble = v128_and(u16x8_shr(load(0), chunk & 4), u8x16_splat(15));
        let pair = v128_and(u16x8_shr(load(1), chunk & 6), u8x16_splat(3));
        let one = v128_and(u16x8_shr(load(2), chunk), u8x16_splat(1));
        v128_or(
            nibble,
            v128_or(u16x8_shl(pair, self.above_nibble), u16x8_shl(one, self.above_pair)),
        )
    }
}

/// As [`Unpacker::chunk`], for a number of bits that is known when compiling.
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn unpack_chunk<const BITS: i32>(planes: [*const u8; 3], group: usize, chunk: usize) -> v128 {
    let (above_nibble, above_pair) = (BITS & 4, BITS & 6);
    let mut value = u8x16_splat(0);
    // SAFETY: all loads lie within the group's bytes of a plane that BITS asks for: (chunk & 3) < 4 vectors of 64
    // bytes, (chunk & 1) < 2 of 32 and one of 16.
    unsafe {
        if BITS & 4 != 0 {
            let nibbles = v128_load(planes[0].add(group * GROUP_BYTES[0] + (chunk & 3) * CHUNK).cast());
            let wanted = shift_left(nibbles, -(chunk as i32 & 4));
            value = v128_and(wanted, u8x16_splat(15));
        }
        if BITS & 2 != 0 {
            let pairs = v128_load(planes[1].add(group * GROUP_BYTES[1] + (chunk & 1) * CHUNK).cast());
            let wanted = shift_left(pairs, above_nibble - (chunk as i32 & 6));
            value = v128_or(value, v128_and(wanted, u8x16_splat(3 << above_nibble)));
        }
        if BITS & 1 != 0 {
            let ones = v128_load(planes[2].add(group * GROUP_BYTES[2]).cast());
            let wanted = shift_left(ones, above_pair - chunk as i32);
            value = v128_or(value, v128_and(wanted, u8x16_splat(1 << above_pair)));
        }
    }
    value
}

/// Writes group `group` of planes of a fraction of `bits` bits (1..=7); no value may have more bits.
///
/// # Safety
/// Those of the planes of nibbles, pairs and bits that `bits` asks for must hold that group.
pub(super) unsafe fn pack(bits: u32, planes: [*mut u8; 3], group: usize, values: &Fractions) {
    // SAFETY: the contract is the same.
    unsafe {
        match bits {
            1 => pack_bits::<1>(planes, group, values),
            2 => pack_bits::<2>(planes, group, values),
            3 => pack_bits::<3>(planes, group, values),
            4 => pack_bits::<4>(planes, group, values),
            5 => pack_bits::<5>(planes, group, values),
            6 => pack_bits::<6>(planes, group, values),
            _ => pack_bits::<7>(planes, group, values),
        }
    }
}

/// # Safety
/// As for [`pack`].
#[inline(always)]
unsafe fn pack_bits<const BITS: i32>(planes: [*mut u8; 3], group: usize, values: &Fractions) {
    let (above_nibble, above_pair) = (BITS & 4, BITS & 6);
    // SAFETY: all stores lie within the group's bytes of a plane that BITS asks for: 4 vectors of 64 bytes, 2 of 32 and
    // one of 16.
    unsafe {
        if BITS & 4 != 0 {
            for part in 0..4 {
                let low = v128_and(values[part], u8x16_splat(15));
                let high = v128_and(u16x8_shl(values[part + 4], 4), u8x16_splat(0xF0));
                let target = planes[0].add(group * GROUP_BYTES[0] + part * CHUNK);
                v128_store(target.cast(), v128_or(low, high));
            }
        }
        if BITS & 2 != 0 {
            for part in 0..2 {
                let mut sum = u8x16_splat(0);
                for place in 0..4i32 {
                    let wanted = shift_left(values[part + 2 * place as usize], 2 * place - above_nibble);
                    sum = v128_or(sum, v128_and(wanted, u8x16_splat(3 << (2 * place))));
                }
                v128_store(planes[1].add(group * GROUP_BYTES[1] + part * CHUNK).cast(), sum);
            }
        }
        if BITS & 1 != 0 {
            let mut sum = u8x16_splat(0);
            for (place, &value) in values.iter().enumerate() {
                let wanted = shift_left(value, place as i32 - above_pair);
                sum = v128_or(sum, v128_and(wanted, u8x16_splat(1 << place)));
            }
            v128_store(planes[2].add(group * GROUP_BYTES[2]).cast(), sum);
        }
    }
}
