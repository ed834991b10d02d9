//! Portable form: eight codes are one 64-bit word, whose lanes are joined two by two in three steps.

use super::GROUP;

/// Nothing is left to do before [`pack`].
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn none<const BITS: usize>(_codes: &[u8], _packed: &mut [u8]) -> usize {
    0
}

/// Nothing is left to do before [`unpack`].
#[cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]
pub(super) fn none_back<const BITS: usize>(_packed: &[u8], _codes: &mut [u8]) -> usize {
    0
}

/// The lowest `BITS` bits of each byte, joined.
#[inline(always)]
fn join<const BITS: usize>(codes: [u8; GROUP]) -> [u8; BITS] {
    let bytes = u64::from_le_bytes(codes) & (0x0101_0101_0101_0101 * ((1 << BITS) - 1));
    let pairs = (bytes & 0x00ff_00ff_00ff_00ff) | (bytes >> 8 & 0x00ff_00ff_00ff_00ff) << BITS;
    let fours = (pairs & 0x0000_ffff_0000_ffff) | (pairs >> 16 & 0x0000_ffff_0000_ffff) << (2 * BITS);
    let all = (fours & 0xffff_ffff) | (fours >> 32) << (4 * BITS);
    *all.to_le_bytes().first_chunk().expect("at most 7 of 8 bytes")
}

/// The inverse of [`join`].
#[inline(always)]
fn part<const BITS: usize>(packed: [u8; BITS]) -> [u8; GROUP] {
    let mut bytes = [0; GROUP];
    bytes[..BITS].copy_from_slice(&packed);
    let all = u64::from_le_bytes(bytes);
    let fours = (all & ((1 << (4 * BITS)) - 1)) | all >> (4 * BITS) << 32;
    let pairs = (fours & (0x0000_0001_0000_0001 * ((1 << (2 * BITS)) - 1)))
        | (fours >> (2 * BITS) & (0x0000_0001_0000_0001 * ((1 << (2 * BITS)) - 1))) << 16;
    let ones = (pairs & (0x0001_0001_0001_0001 * ((1 << BITS) - 1)))
        | (pairs >> BITS & (0x0001_0001_0001_0001 * ((1 << BITS) - 1))) << 8;
    ones.to_le_bytes()
}

/// Packs all of `codes`; `packed` is exactly filled.
pub(super) fn pack<const BITS: usize>(codes: &[u8], packed: &mut [u8]) {
    let (groups, rest) = codes.as_chunks::<GROUP>();
    let (whole, last) = packed.split_at_mut(groups.len() * BITS);
    for (group, to) in groups.iter().zip(whole.as_chunks_mut::<BITS>().0) {
        *to = join(*group);
    }
    let mut group = [0; GROUP];
    group[..rest.len()].copy_from_slice(rest);
    last.copy_from_slice(&join::<BITS>(group)[..last.len()]);
}

/// Unpacks all of `packed`, which has the codes of exactly `codes`.
pub(super) fn unpack<const BITS: usize>(packed: &[u8], codes: &mut [u8]) {
    let (groups, rest) = codes.as_chunks_mut::<GROUP>();
    let (whole, last) = packed.split_at(groups.len() * BITS);
    for (from, group) in whole.as_chunks::<BITS>().0.iter().zip(groups) {
        *group = part(*from);
    }
    let mut from = [0; BITS];
    from[..last.len()].copy_from_slice(last);
    rest.copy_from_slice(&part(from)[..rest.len()]);
}
