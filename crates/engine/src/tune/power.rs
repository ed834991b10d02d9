//! Powers of two, the same on every machine.

/// The last power of the series: the next term would be below 2^-57 of the sum.
const TERMS: u32 = 14;

/// 2^x as fp32, by the series of e^z from basic operations alone: `libm`'s function brings a table of 4 KiB along.
pub(super) fn power_of_two(x: f64) -> f32 {
    // Beyond these it is 0 or infinite.
    let x = x.clamp(-200.0, 200.0);
    let whole = x.round();
    let z = (x - whole) * core::f64::consts::LN_2;
    let mut term = 1.0;
    let mut sum = 1.0;
    for power in 1..=TERMS {
        term *= z / f64::from(power);
        sum += term;
    }
    let scale = f64::from_bits(((1023 + whole as i64) as u64) << 52);
    (sum * scale) as f32
}

#[cfg(test)]
mod tests {
    use super::power_of_two;

    #[test]
    fn it_is_the_nearest() {
        for index in -1_600_000..=1_300_000 {
            let x = f64::from(index) / 10_007.0;
            assert_eq!(power_of_two(x), libm::exp2(x) as f32, "2^{x}");
        }
        for exponent in -149..=127 {
            assert_eq!(
                power_of_two(f64::from(exponent)),
                libm::exp2(f64::from(exponent)) as f32
            );
        }
        assert_eq!(power_of_two(-150.5), 0.0);
        assert_eq!(power_of_two(1e3), f32::INFINITY);
        assert_eq!(power_of_two(-1e3), 0.0);
        assert!(power_of_two(f64::NAN).is_nan());
    }
}
