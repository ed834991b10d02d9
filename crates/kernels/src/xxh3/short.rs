//! Inputs of at most 240 bytes. None of this is hot, so that the steps are never inlined, nor parts of the secret made
//! constants, which do not compress.

use super::secret::*;

pub(super) fn read32(bytes: &[u8], at: usize) -> u32 {
    let mut array = [0; 4];
    array.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(array)
}

pub(super) fn read64(bytes: &[u8], at: usize) -> u64 {
    let mut array = [0; 8];
    array.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(array)
}

#[inline(never)]
pub(super) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[inline(never)]
pub(super) fn avalanche(mut hash: u64) -> u64 {
    hash ^= hash >> 37;
    hash = hash.wrapping_mul(PRIME_MX1);
    hash ^ hash >> 32
}

#[inline(never)]
fn avalanche_xxh64(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(PRIME64_2);
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(PRIME64_3);
    hash ^ hash >> 32
}

fn secret64(at: usize) -> u64 {
    read64(&SECRET, at)
}

/// Two words of the secret that follow each other.
#[inline(never)]
fn keys(at: usize) -> u64 {
    secret64(at) ^ secret64(at + 8)
}

/// Mixes 16 bytes of input with 16 of the secret.
#[inline(never)]
fn mix16(bytes: &[u8], at: usize, secret: usize) -> u64 {
    fold(
        read64(bytes, at) ^ secret64(secret),
        read64(bytes, at + 8) ^ secret64(secret + 8),
    )
}

pub(super) fn hash64(bytes: &[u8]) -> u64 {
    let length = bytes.len();
    let wide = length as u64;
    match length {
        0 => avalanche_xxh64(keys(56)),
        1..=3 => {
            let combined = u32::from(bytes[0]) << 16
                | u32::from(bytes[length >> 1]) << 24
                | u32::from(bytes[length - 1])
                | (length as u32) << 8;
            avalanche_xxh64(u64::from(combined) ^ u64::from(read32(&SECRET, 0) ^ read32(&SECRET, 4)))
        }
        4..=8 => {
            let word = u64::from(read32(bytes, length - 4)) | u64::from(read32(bytes, 0)) << 32;
            let mut hash = word ^ keys(8);
            hash ^= hash.rotate_left(49) ^ hash.rotate_left(24);
            hash = hash.wrapping_mul(PRIME_MX2);
            hash ^= (hash >> 35).wrapping_add(wide);
            hash = hash.wrapping_mul(PRIME_MX2);
            hash ^ hash >> 28
        }
        9..=16 => {
            let low = read64(bytes, 0) ^ keys(24);
            let high = read64(bytes, length - 8) ^ keys(40);
            let sum = wide
                .wrapping_add(low.swap_bytes())
                .wrapping_add(high)
                .wrapping_add(fold(low, high));
            avalanche(sum)
        }
        17..=128 => {
            let mut sum = wide.wrapping_mul(PRIME64_1);
            for pair in 0..=(length - 1) / 32 {
                sum = sum.wrapping_add(mix16(bytes, pair * 16, pair * 32));
                sum = sum.wrapping_add(mix16(bytes, length - (pair + 1) * 16, pair * 32 + 16));
            }
            avalanche(sum)
        }
        _ => {
            let mut sum = wide.wrapping_mul(PRIME64_1);
            for round in 0..8 {
                sum = sum.wrapping_add(mix16(bytes, round * 16, round * 16));
            }
            sum = avalanche(sum);
            for round in 8..length / 16 {
                sum = sum.wrapping_add(mix16(bytes, round * 16, (round - 8) * 16 + 3));
            }
            avalanche(sum.wrapping_add(mix16(bytes, length - 16, 136 - 17)))
        }
    }
}

fn wide(low: u64, high: u64) -> u128 {
    u128::from(low) | u128::from(high) << 64
}

/// Mixes two runs of 16 bytes into both halves.
#[inline(never)]
fn mix32(acc: &mut [u64; 2], bytes: &[u8], first: usize, second: usize, secret: usize) {
    acc[0] = acc[0].wrapping_add(mix16(bytes, first, secret));
    acc[0] ^= read64(bytes, second).wrapping_add(read64(bytes, second + 8));
    acc[1] = acc[1].wrapping_add(mix16(bytes, second, secret + 16));
    acc[1] ^= read64(bytes, first).wrapping_add(read64(bytes, first + 8));
}

fn finish128(acc: [u64; 2], length: u64) -> u128 {
    let low = acc[0].wrapping_add(acc[1]);
    let high = acc[0]
        .wrapping_mul(PRIME64_1)
        .wrapping_add(acc[1].wrapping_mul(PRIME64_4))
        .wrapping_add(length.wrapping_mul(PRIME64_2));
    wide(avalanche(low), 0u64.wrapping_sub(avalanche(high)))
}

pub(super) fn hash128(bytes: &[u8]) -> u128 {
    let length = bytes.len();
    let long = length as u64;
    match length {
        0 => wide(avalanche_xxh64(keys(64)), avalanche_xxh64(keys(80))),
        1..=3 => {
            let low = u32::from(bytes[0]) << 16
                | u32::from(bytes[length >> 1]) << 24
                | u32::from(bytes[length - 1])
                | (length as u32) << 8;
            let high = low.swap_bytes().rotate_left(13);
            wide(
                avalanche_xxh64(u64::from(low) ^ u64::from(read32(&SECRET, 0) ^ read32(&SECRET, 4))),
                avalanche_xxh64(u64::from(high) ^ u64::from(read32(&SECRET, 8) ^ read32(&SECRET, 12))),
            )
        }
        4..=8 => {
            let word = u64::from(read32(bytes, 0)) | u64::from(read32(bytes, length - 4)) << 32;
            let keyed = word ^ keys(16);
            let product = u128::from(keyed) * u128::from(PRIME64_1.wrapping_add(long << 2));
            let (mut low, mut high) = (product as u64, (product >> 64) as u64);
            high = high.wrapping_add(low << 1);
            low ^= high >> 3;
            low ^= low >> 35;
            low = low.wrapping_mul(PRIME_MX2);
            low ^= low >> 28;
            wide(low, avalanche(high))
        }
        9..=16 => {
            let flip_low = keys(32);
            let flip_high = keys(48);
            let first = read64(bytes, 0);
            let mut last = read64(bytes, length - 8);
            let product = u128::from(first ^ last ^ flip_low) * u128::from(PRIME64_1);
            let (mut low, mut high) = (product as u64, (product >> 64) as u64);
            low = low.wrapping_add((long - 1) << 54);
            last ^= flip_high;
            high = high
                .wrapping_add(last)
                .wrapping_add(u64::from(last as u32).wrapping_mul(u64::from(PRIME32_2 - 1)));
            low ^= high.swap_bytes();
            let product = u128::from(low) * u128::from(PRIME64_2);
            let high = ((product >> 64) as u64).wrapping_add(high.wrapping_mul(PRIME64_2));
            wide(avalanche(product as u64), avalanche(high))
        }
        17..=128 => {
            let mut acc = [long.wrapping_mul(PRIME64_1), 0];
            for pair in (0..=(length - 1) / 32).rev() {
                mix32(&mut acc, bytes, pair * 16, length - (pair + 1) * 16, pair * 32);
            }
            finish128(acc, long)
        }
        _ => {
            let mut acc = [long.wrapping_mul(PRIME64_1), 0];
            for round in 0..4 {
                mix32(&mut acc, bytes, round * 32, round * 32 + 16, round * 32);
            }
            acc = acc.map(avalanche);
            for round in 4..length / 32 {
                mix32(&mut acc, bytes, round * 32, round * 32 + 16, (round - 4) * 32 + 3);
            }
            mix32(&mut acc, bytes, length - 16, length - 32, 136 - 17 - 16);
            finish128(acc, long)
        }
    }
}
