//! Copies and bounds by vectors. Bound by loads and stores.

use alloc::vec::Vec;
use core::arch::wasm32::*;

/// Vectors that are loaded before they are stored.
const BATCH: usize = 4;
const VECTOR: usize = 16;

pub(super) fn append(src: &[u8], out: &mut Vec<u8>) {
    out.reserve(src.len());
    let (batches, rest) = src.as_chunks::<{ BATCH * VECTOR }>();
    let start = out.len();
    let mut target = out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
    for batch in batches {
        // SAFETY: as many bytes as `src` has were reserved, and they do not overlap with it, for `out` is borrowed.
        unsafe {
            let vectors: [v128; BATCH] =
                core::array::from_fn(|index| v128_load(batch.as_ptr().add(VECTOR * index).cast()));
            for (index, vector) in vectors.into_iter().enumerate() {
                v128_store(target.add(VECTOR * index).cast(), vector);
            }
            target = target.add(BATCH * VECTOR);
        }
    }
    // SAFETY: the loop has written them.
    unsafe { out.set_len(start + batches.len() * BATCH * VECTOR) };
    out.extend_from_slice(rest);
}

/// Of all bytes the least, the least after 1 was subtracted, and the largest.
pub(super) fn bounds(src: &[[u8; VECTOR]]) -> [u8; 3] {
    let (mut least, mut before_least, mut largest) = (u8x16_splat(255), u8x16_splat(255), u8x16_splat(0));
    for vector in src {
        // SAFETY: 16 bytes are readable; v128_load has no alignment requirement.
        let bytes = unsafe { v128_load(vector.as_ptr().cast()) };
        least = u8x16_min(least, bytes);
        before_least = u8x16_min(before_least, u8x16_sub(bytes, u8x16_splat(1)));
        largest = u8x16_max(largest, bytes);
    }
    let bytes = |vector: v128| {
        let mut array = [0u8; VECTOR];
        // SAFETY: 16 bytes are writable.
        unsafe { v128_store(array.as_mut_ptr().cast(), vector) };
        array
    };
    [
        bytes(least).into_iter().fold(255, u8::min),
        bytes(before_least).into_iter().fold(255, u8::min),
        bytes(largest).into_iter().fold(0, u8::max),
    ]
}
