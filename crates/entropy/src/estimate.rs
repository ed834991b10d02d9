//! What coding would cost, from counts alone.

/// Order-0 entropy of symbols that occur `counts` times, in bits for all of them together.
pub fn entropy_bits(counts: &[u32]) -> f64 {
    let mut total = 0u64;
    let mut weighted = 0f64;
    for &count in counts {
        if count > 1 {
            weighted += f64::from(count) * f64::from(count).log2();
        }
        total += u64::from(count);
    }
    if total == 0 {
        0.0
    } else {
        (total as f64 * (total as f64).log2() - weighted).max(0.0)
    }
}
