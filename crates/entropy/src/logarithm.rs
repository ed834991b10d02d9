//! Entropy in integers: what a block is coded with must not depend on a platform's `log2`.

use core::sync::atomic::{AtomicU32, Ordering};

/// Fraction bits of the results.
pub const SCALE: u32 = 16;
/// Steps between two powers of two.
const STEPS: usize = 256;

/// log2(1 + i / STEPS), once [`fill`] has been called: nearly a kilobyte that cannot be compressed, and little to compute.
static TABLE: [AtomicU32; STEPS + 1] = [const { AtomicU32::new(0) }; STEPS + 1];

/// Computes the table, by repeated squaring.
#[cold]
#[inline(never)]
fn fill() {
    for (index, entry) in TABLE.iter().enumerate() {
        // x in [1, 2], 2^30 being 1.
        let mut x = (1u64 << 30) + ((index as u64) << 22);
        let mut log = 0;
        let mut bit = 0;
        if x >= 1 << 31 {
            log = 1 << SCALE;
            bit = SCALE;
        }
        while bit < SCALE {
            x = (x * x) >> 30;
            bit += 1;
            if x >= 1 << 31 {
                x >>= 1;
                log |= 1 << (SCALE - bit);
            }
        }
        // Whoever sees the last entry sees the others.
        entry.store(log, Ordering::Release);
    }
}

/// log2 of `value` > 0 in units of 2^-16.
#[inline]
pub fn log2(value: u32) -> u32 {
    let exponent = value.ilog2();
    let normal = value << (31 - exponent);
    let index = (normal >> 23) as usize & (STEPS - 1);
    let within = u64::from(normal & 0x7f_ffff);
    if TABLE[STEPS].load(Ordering::Acquire) == 0 {
        fill();
    }
    let [low, high] = [index, index + 1].map(|index| TABLE[index].load(Ordering::Relaxed));
    (exponent << SCALE) + low + ((u64::from(high - low) * within) >> 23) as u32
}

/// Bits that an ideal order-0 coder needs for symbols of these counts.
pub fn entropy_bits(counts: impl Iterator<Item = u32>) -> u64 {
    let (mut total, mut weighted) = (0u64, 0u64);
    for count in counts.filter(|&count| count != 0) {
        total += u64::from(count);
        weighted += u64::from(count) * u64::from(log2(count));
    }
    if total == 0 {
        return 0;
    }
    let all = u64::from(log2(u32::try_from(total).unwrap_or(u32::MAX)));
    (total * all).saturating_sub(weighted) >> SCALE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_floating_point() {
        for value in (1..5000).chain([1 << 20, (1 << 20) + 1, u32::MAX / 3, u32::MAX]) {
            let exact = f64::from(value).log2();
            let found = f64::from(log2(value)) / 65536.0;
            assert!((exact - found).abs() < 5e-5, "{value}: {found}, expected {exact}");
        }
    }

    #[test]
    fn entropy_of_known_counts() {
        assert_eq!(entropy_bits([0; 4].into_iter()), 0);
        assert_eq!(entropy_bits([5].into_iter()), 0);
        assert_eq!(entropy_bits([1024; 4].into_iter()), 8192);
    }
}
