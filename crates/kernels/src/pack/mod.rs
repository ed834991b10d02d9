//! Codes of 1 to 8 bits in as few bytes as hold them: code `i` takes the bits from `i · bits` on, lowest bits first.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// Codes that fill whole bytes, whatever their width.
const GROUP: usize = 8;

/// Bytes that `count` codes of `bits` bits take; `None` if their number is beyond `usize`.
pub fn packed_len(count: usize, bits: u32) -> Option<usize> {
    // Whole groups first, so that nothing overflows that need not.
    let rest = (count % GROUP) * bits as usize;
    (count / GROUP)
        .checked_mul(bits as usize)?
        .checked_add(rest.div_ceil(8))
}

/// Packs `codes`, of which the lowest `bits` bits count. Bits past the last code are 0.
///
/// # Panics
/// Unless `bits` is 1 to 8 and `packed` has [`packed_len`] bytes.
pub fn pack(bits: u32, codes: &[u8], packed: &mut [u8]) {
    check(bits, codes.len(), packed.len());
    match bits {
        1 => pack_fixed::<1>(codes, packed),
        2 => pack_fixed::<2>(codes, packed),
        3 => pack_fixed::<3>(codes, packed),
        4 => pack_fixed::<4>(codes, packed),
        5 => pack_fixed::<5>(codes, packed),
        6 => pack_fixed::<6>(codes, packed),
        7 => pack_fixed::<7>(codes, packed),
        _ => packed.copy_from_slice(codes),
    }
}

/// Unpacks as many codes as `codes` has room for.
///
/// # Panics
/// Unless `bits` is 1 to 8 and `packed` has [`packed_len`] bytes.
pub fn unpack(bits: u32, packed: &[u8], codes: &mut [u8]) {
    check(bits, codes.len(), packed.len());
    match bits {
        1 => unpack_fixed::<1>(packed, codes),
        2 => unpack_fixed::<2>(packed, codes),
        3 => unpack_fixed::<3>(packed, codes),
        4 => unpack_fixed::<4>(packed, codes),
        5 => unpack_fixed::<5>(packed, codes),
        6 => unpack_fixed::<6>(packed, codes),
        7 => unpack_fixed::<7>(packed, codes),
        _ => codes.copy_from_slice(packed),
    }
}

fn check(bits: u32, codes: usize, packed: usize) {
    assert!((1..=8).contains(&bits), "codes of 1 to 8 bits, not {bits}");
    assert_eq!(
        Some(packed),
        packed_len(codes, bits),
        "bytes of {codes} codes of {bits} bits"
    );
}

fn pack_fixed<const BITS: usize>(codes: &[u8], packed: &mut [u8]) {
    let done = chosen::pack::<BITS>(codes, packed);
    scalar::pack::<BITS>(&codes[done * GROUP..], &mut packed[done * BITS..]);
}

fn unpack_fixed<const BITS: usize>(packed: &[u8], codes: &mut [u8]) {
    let done = chosen::unpack::<BITS>(packed, codes);
    scalar::unpack::<BITS>(&packed[done * BITS..], &mut codes[done * GROUP..]);
}

/// The only place that chooses between the forms. A form gives how many groups it did; the portable one does the rest.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::{none as pack, none_back as unpack};
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::{pack, unpack};
}
