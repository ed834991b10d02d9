//! Copies by vectors. Bound by loads and stores.

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
