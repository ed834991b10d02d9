//! Bit-exact conversions between floats of different widths, in integers so that no NaN is touched.

/// The fp16 of the same value, meaningful only where [`half_to_single`] gives `single` back.
#[inline(always)]
pub(super) fn single_to_half(single: u32) -> u16 {
    let sign = (single >> 16) & 0x8000;
    let exponent = (single >> 23) & 255;
    let mantissa = single & 0x007f_ffff;
    let magnitude = match exponent {
        // Bias 127 against 15.
        113..=142 => ((exponent - 112) << 10) | (mantissa >> 13),
        // Subnormal halves count in units of 2^-24.
        103..=112 => (mantissa | 0x0080_0000) >> (126 - exponent),
        255 => 0x7c00 | (mantissa >> 13),
        _ => 0,
    };
    (sign | magnitude) as u16
}

/// The fp32 of the same value: exact for every fp16, with a NaN's payload.
#[inline(always)]
pub(super) fn half_to_single(half: u16) -> u32 {
    let half = u32::from(half);
    let magnitude = (half & 0x7fff) << 13;
    // 2^112 moves the exponent's bias from 15 to 127 and normalises subnormals, exactly; no NaN ever is an operand.
    let scaled = (f32::from_bits(magnitude) * f32::from_bits(0x7780_0000)).to_bits();
    let not_finite = if magnitude >= 0x0f80_0000 { 0x7f80_0000 } else { 0 };
    scaled | not_finite | ((half & 0x8000) << 16)
}

/// The fp32 of the same value, meaningful only where [`single_to_double`] gives `double` back.
#[inline(always)]
pub(super) fn double_to_single(double: u64) -> u32 {
    let sign = ((double >> 32) & 0x8000_0000) as u32;
    let exponent = (double >> 52) & 0x7ff;
    let mantissa = double & 0x000f_ffff_ffff_ffff;
    let magnitude = match exponent {
        // Bias 1023 against 127. Subnormal singles are left to the wide type: weights hold none.
        897..=1150 => ((exponent - 896) << 23) | (mantissa >> 29),
        0x7ff => 0x7f80_0000 | (mantissa >> 29),
        _ => 0,
    };
    sign | magnitude as u32
}

/// The fp64 of the same value, for zeros, normals, infinities and NaNs; `None` for a subnormal fp32.
#[inline(always)]
pub(super) fn single_to_double(single: u32) -> Option<u64> {
    let sign = u64::from(single & 0x8000_0000) << 32;
    let exponent = u64::from(single >> 23) & 255;
    let mantissa = u64::from(single & 0x007f_ffff) << 29;
    match exponent {
        0 if mantissa == 0 => Some(sign),
        0 => None,
        255 => Some(sign | 0x7ff0_0000_0000_0000 | mantissa),
        _ => Some(sign | ((exponent + 896) << 52) | mantissa),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_survives_single() {
        for half in 0..=u16::MAX {
            let single = half_to_single(half);
            assert_eq!(single_to_half(single), half, "{half:#06x}");
            let value = f32::from_bits(single);
            let exponent = i32::from(half >> 10 & 31);
            let mantissa = f64::from(half & 1023);
            let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
            match exponent {
                31 => assert_eq!(value.is_nan(), mantissa != 0.0),
                0 => assert_eq!(f64::from(value), sign * mantissa * 2f64.powi(-24)),
                _ => assert_eq!(
                    f64::from(value),
                    sign * (1.0 + mantissa / 1024.0) * 2f64.powi(exponent - 15)
                ),
            }
        }
    }

    #[test]
    fn singles_survive_double() {
        for step in 0..1u32 << 20 {
            let single = step.wrapping_mul(0x9e37_79b1);
            if let Some(double) = single_to_double(single) {
                assert_eq!(double_to_single(double), single);
                let (wide, value) = (f64::from_bits(double), f32::from_bits(single));
                assert!(wide == f64::from(value) || (wide.is_nan() && value.is_nan()));
            } else {
                assert!(f32::from_bits(single).is_subnormal());
            }
        }
    }

    #[test]
    fn values_that_are_not_exact_are_noticed() {
        for value in [
            1.0f32 + f32::EPSILON,
            65536.0,
            1e-9,
            0.1,
            f32::MIN_POSITIVE,
            f32::from_bits(1),
        ] {
            let bits = value.to_bits();
            assert_ne!(half_to_single(single_to_half(bits)), bits, "{value}");
        }
        // A NaN whose payload lies below fp16's bits.
        assert_ne!(half_to_single(single_to_half(0x7f80_0001)), 0x7f80_0001);
    }
}
