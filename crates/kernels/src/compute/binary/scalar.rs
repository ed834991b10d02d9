//! Portable form: 64 bits at a time.

/// How many bits of two slices of one length differ.
#[inline(always)]
pub(super) fn differences(a: &[u8], b: &[u8]) -> u32 {
    let (words, rest) = a.as_chunks::<8>();
    let (other_words, other_rest) = b.as_chunks::<8>();
    let mut count = 0;
    for (&a, &b) in words.iter().zip(other_words) {
        count += (u64::from_le_bytes(a) ^ u64::from_le_bytes(b)).count_ones();
    }
    for (a, b) in rest.iter().zip(other_rest) {
        count += (a ^ b).count_ones();
    }
    count
}
