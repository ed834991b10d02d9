//! How often each byte occurs.

#[cfg(test)]
mod tests;

/// Counts of the 256 byte values. `src` must be shorter than 4 GiB for the counts to be exact.
///
/// Bound by one load, one increment and one store a byte; four tables keep equal neighbours from waiting for each
/// other's store.
pub fn histogram(src: &[u8]) -> [u32; 256] {
    let mut tables = [[0u32; 256]; 4];
    let (chunks, rest) = src.as_chunks::<8>();
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk);
        for lane in 0..8 {
            tables[lane & 3][(word >> (8 * lane)) as usize & 255] += 1;
        }
    }
    for &byte in rest {
        tables[0][usize::from(byte)] += 1;
    }
    let [mut sum, b, c, d] = tables;
    for value in 0..256 {
        sum[value] += b[value] + c[value] + d[value];
    }
    sum
}
