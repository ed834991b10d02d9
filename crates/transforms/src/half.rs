//! fp16 bit patterns, rounded to nearest, ties to even.

/// The bits of the nearest fp16; beyond 65,504 infinity.
pub(crate) fn from_f32(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    let magnitude = bits & 0x7fff_ffff;
    if magnitude > 0x7f80_0000 {
        return sign | 0x7e00;
    }
    // 65,520 and above round to infinity.
    if magnitude >= 0x477f_f000 {
        return sign | 0x7c00;
    }
    if magnitude >= 0x3880_0000 {
        let rebiased = magnitude - 0x3800_0000;
        return sign | ((rebiased + 0xfff + (rebiased >> 13 & 1)) >> 13) as u16;
    }
    // A multiple of 2^-24: adding 0.5, whose last bit is 2^-24, rounds to it.
    let aligned = f32::from_bits(magnitude) + 0.5;
    sign | (aligned.to_bits() - 0.5f32.to_bits()) as u16
}

/// The number of fp16 bits.
pub(crate) fn to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let magnitude = u32::from(bits & 0x7fff);
    let value = match magnitude {
        0..0x400 => magnitude as f32 * f32::from_bits(0x3380_0000),
        0x400..0x7c00 => f32::from_bits((magnitude << 13) + 0x3800_0000),
        _ => f32::from_bits(0x7f80_0000 | (magnitude & 0x3ff) << 13),
    };
    f32::from_bits(sign | value.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_patterns_survive_and_halves_round_to_even() {
        for bits in 0..=u16::MAX {
            let value = to_f32(bits);
            if value.is_nan() {
                assert!(to_f32(from_f32(value)).is_nan());
            } else {
                assert_eq!(from_f32(value), bits, "{value}");
            }
        }
        for bits in 0..0x7bffu16 {
            // Exact: fp16 neighbours and their middle fit fp32.
            let middle = (to_f32(bits) + to_f32(bits + 1)) / 2.0;
            assert_eq!(from_f32(middle), bits + (bits & 1));
            assert_eq!(from_f32(f32::from_bits(middle.to_bits() + 1)), bits + 1);
        }
    }
}
