//! Bit-exact conversions between fp32 and fp64, in integers so that no NaN is touched.

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
}
