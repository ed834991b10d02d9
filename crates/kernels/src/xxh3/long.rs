//! Inputs of more than 240 bytes: stripes of 64 bytes in blocks of 16, eight accumulators.

use super::secret::*;
use super::short::{avalanche, fold, read64};
use super::stripes::{accumulate, scramble};

pub(super) const STRIPE: usize = 64;
pub(super) const BLOCK_STRIPES: usize = 16;
pub(super) const BLOCK: usize = STRIPE * BLOCK_STRIPES;
/// Where the last stripe's key begins in the secret.
const LAST_KEY: usize = 192 - 64 - 7;

pub(super) const INITIAL: [u64; 8] = [
    PRIME32_3 as u64,
    PRIME64_1,
    PRIME64_2,
    PRIME64_3,
    PRIME64_4,
    PRIME32_2 as u64,
    PRIME64_5,
    PRIME32_1 as u64,
];

/// Takes in whole blocks; gives what is left of `bytes`.
#[inline(never)]
pub(super) fn blocks<'a>(acc: &mut [u64; 8], bytes: &'a [u8]) -> &'a [u8] {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for block in blocks {
        accumulate(acc, block, 0);
        scramble(acc);
    }
    rest
}

/// Takes in the stripes of the last, partial block (`tail` is not empty) and then the last 64 bytes of the input.
#[inline(never)]
pub(super) fn finish(acc: &mut [u64; 8], tail: &[u8], last: &[u8]) {
    let stripes = (tail.len() - 1) / STRIPE;
    accumulate(acc, &tail[..stripes * STRIPE], 0);
    accumulate(acc, last, LAST_KEY);
}

#[inline(never)]
fn merge(acc: &[u64; 8], secret: usize, start: u64) -> u64 {
    let mut sum = start;
    for pair in 0..4 {
        let key = secret + 16 * pair;
        sum = sum.wrapping_add(fold(
            acc[2 * pair] ^ read64(&SECRET, key),
            acc[2 * pair + 1] ^ read64(&SECRET, key + 8),
        ));
    }
    avalanche(sum)
}

fn merge_low(acc: &[u64; 8], length: u64) -> u64 {
    merge(acc, 11, length.wrapping_mul(PRIME64_1))
}

pub(super) fn merge128(acc: &[u64; 8], length: u64) -> u128 {
    let high = merge(acc, 192 - 64 - 11, !length.wrapping_mul(PRIME64_2));
    u128::from(merge_low(acc, length)) | u128::from(high) << 64
}

pub(super) fn hash64(bytes: &[u8]) -> u64 {
    let mut acc = INITIAL;
    // The last block stays for `finish` even when it is whole.
    let body = (bytes.len() - 1) / BLOCK * BLOCK;
    let (whole, tail) = bytes.split_at(body);
    blocks(&mut acc, whole);
    finish(&mut acc, tail, &bytes[bytes.len() - STRIPE..]);
    merge_low(&acc, bytes.len() as u64)
}
