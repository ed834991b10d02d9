//! 1, 2 and 4 bits by vectors; other widths are left to the portable form. Bound by memory.

use super::GROUP;
use crate::vector::{load, part, store};
use core::arch::wasm32::*;

/// Packs whole vectors of codes and gives how many groups those are.
#[inline(always)]
pub(super) fn pack<const BITS: usize>(codes: &[u8], packed: &mut [u8]) -> usize {
    match BITS {
        1 => pack1(codes, packed),
        2 => pack2(codes, packed),
        4 => pack4(codes, packed),
        _ => 0,
    }
}

/// Unpacks whole vectors of codes and gives how many groups those are.
#[inline(always)]
pub(super) fn unpack<const BITS: usize>(packed: &[u8], codes: &mut [u8]) -> usize {
    match BITS {
        1 => unpack1(packed, codes),
        2 => unpack2(packed, codes),
        4 => unpack4(packed, codes),
        _ => 0,
    }
}

fn pack1(codes: &[u8], packed: &mut [u8]) -> usize {
    let chunks = codes.as_chunks::<16>().0;
    for (codes, to) in chunks.iter().zip(packed.as_chunks_mut::<2>().0) {
        *to = i8x16_bitmask(u8x16_shl(load(codes), 7)).to_le_bytes();
    }
    chunks.len() * 16 / GROUP
}

/// Joins the two codes in each 16-bit lane, each of `BITS` bits, into the lane's low bits.
#[inline(always)]
fn join_pairs<const BITS: u32>(codes: v128) -> v128 {
    let codes = v128_and(codes, u8x16_splat((1 << BITS) - 1));
    // The upper code moves from bit 8 down to bit `BITS`.
    v128_and(
        v128_or(codes, u16x8_shr(codes, 8 - BITS)),
        u16x8_splat((1 << (2 * BITS)) - 1),
    )
}

fn pack2(codes: &[u8], packed: &mut [u8]) -> usize {
    let chunks = codes.as_chunks::<64>().0;
    for (codes, to) in chunks.iter().zip(packed.as_chunks_mut::<16>().0) {
        let pairs = |index| join_pairs::<2>(load(part::<_, 16, 64>(codes, index)));
        // Pairs of 4 bits in 16-bit lanes become bytes, two of which are joined once more.
        let low = join_pairs::<4>(u8x16_narrow_i16x8(pairs(0), pairs(1)));
        let high = join_pairs::<4>(u8x16_narrow_i16x8(pairs(2), pairs(3)));
        store(to, u8x16_narrow_i16x8(low, high));
    }
    chunks.len() * 64 / GROUP
}

fn pack4(codes: &[u8], packed: &mut [u8]) -> usize {
    let chunks = codes.as_chunks::<32>().0;
    for (codes, to) in chunks.iter().zip(packed.as_chunks_mut::<16>().0) {
        let pairs = |index| join_pairs::<4>(load(part::<_, 16, 32>(codes, index)));
        store(to, u8x16_narrow_i16x8(pairs(0), pairs(1)));
    }
    chunks.len() * 32 / GROUP
}

fn unpack1(packed: &[u8], codes: &mut [u8]) -> usize {
    let chunks = codes.as_chunks_mut::<16>().0;
    let bits = u8x16(1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
    let done = chunks.len();
    for (from, to) in packed.as_chunks::<2>().0.iter().zip(chunks) {
        let spread = u16x8_splat(u16::from_le_bytes(*from));
        // Eight lanes of the low byte, eight of the high one.
        let spread = i8x16_shuffle::<0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1>(spread, spread);
        let set = u8x16_eq(v128_and(spread, bits), bits);
        store(to, v128_and(set, u8x16_splat(1)));
    }
    done * 16 / GROUP
}

/// The bytes of `even` and `odd` in turn: the first sixteen and the others.
#[inline(always)]
fn interleave(even: v128, odd: v128) -> [v128; 2] {
    [
        i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(even, odd),
        i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(even, odd),
    ]
}

/// The 4-bit halves of each byte, lower first.
#[inline(always)]
fn nibbles(bytes: v128) -> [v128; 2] {
    interleave(v128_and(bytes, u8x16_splat(15)), u8x16_shr(bytes, 4))
}

fn unpack2(packed: &[u8], codes: &mut [u8]) -> usize {
    let chunks = codes.as_chunks_mut::<64>().0;
    let done = chunks.len();
    for (from, to) in packed.as_chunks::<16>().0.iter().zip(chunks) {
        let [low, high] = nibbles(load(from));
        for (nibbles, to) in [low, high].into_iter().zip(to.as_chunks_mut::<32>().0) {
            let pairs = interleave(v128_and(nibbles, u8x16_splat(3)), u8x16_shr(nibbles, 2));
            for (pair, to) in pairs.into_iter().zip(to.as_chunks_mut::<16>().0) {
                store(to, pair);
            }
        }
    }
    done * 64 / GROUP
}

fn unpack4(packed: &[u8], codes: &mut [u8]) -> usize {
    let chunks = codes.as_chunks_mut::<32>().0;
    let done = chunks.len();
    for (from, to) in packed.as_chunks::<16>().0.iter().zip(chunks) {
        for (half, to) in nibbles(load(from)).into_iter().zip(to.as_chunks_mut::<16>().0) {
            store(to, half);
        }
    }
    done * 32 / GROUP
}
