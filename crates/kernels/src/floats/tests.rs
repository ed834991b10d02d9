//! The same suite natively and in WebAssembly.

use super::format::{narrow, widen};
use super::*;
use crate::self_test::Random;

/// The value of a finite code, by the definition of the format.
fn value_of<F: FloatFormat>(code: u32) -> f64 {
    let mantissa = f64::from(code & ((1 << F::MANTISSA) - 1)) / f64::from(1u32 << F::MANTISSA);
    let exponent = (code & ((1 << (F::BITS - 1)) - 1)) >> F::MANTISSA;
    let scale = |power: i32| f64::from_bits(((1023 + power) as u64) << 52);
    let magnitude = match exponent {
        0 => mantissa * scale(1 - F::BIAS as i32),
        _ => (1.0 + mantissa) * scale(exponent as i32 - F::BIAS as i32),
    };
    if code >> (F::BITS - 1) & 1 == 1 {
        -magnitude
    } else {
        magnitude
    }
}

/// The nearest code, by searching among all magnitudes.
fn naive<F: FloatFormat>(value: f32, overflow: Overflow) -> u32 {
    let sign = (value.to_bits() >> 31) << (F::BITS - 1);
    let magnitude = f64::from(value.abs());
    let (mut low, mut high) = (0, F::GREATEST + 1);
    while high - low > 1 {
        let middle = (low + high) / 2;
        // One past the greatest is what the next value would be, were there one.
        if value_of::<F>(middle) <= magnitude {
            low = middle;
        } else {
            high = middle;
        }
    }
    let step = if low == F::GREATEST {
        value_of::<F>(low) - value_of::<F>(low - 1)
    } else {
        value_of::<F>(low + 1) - value_of::<F>(low)
    };
    let above = (magnitude - value_of::<F>(low)) / step;
    let code = low + u32::from(above > 0.5 || (above == 0.5 && low % 2 == 1));
    let limited = match overflow {
        _ if code <= F::GREATEST => code,
        Overflow::Infinity => F::OVERFLOWED,
        Overflow::Saturate => F::GREATEST,
    };
    limited | sign
}

fn check_value<F: FloatFormat>(value: f32) -> Result<(), String> {
    for overflow in [Overflow::Infinity, Overflow::Saturate] {
        let found = u32::from(narrow::<F>(value.to_bits(), overflow));
        let right = if value.is_nan() {
            let unsigned = found & ((1 << (F::BITS - 1)) - 1);
            unsigned == F::NAN || (F::IEEE && unsigned > F::OVERFLOWED)
        } else {
            found == naive::<F>(value, overflow)
        };
        if !right {
            return Err(format!(
                "{value:e} ({:#x}) to {} bits, {} of mantissa: {found:#x}",
                value.to_bits(),
                F::BITS,
                F::MANTISSA
            ));
        }
    }
    Ok(())
}

/// A value near or halfway between two of the format, or any.
fn near<F: FloatFormat>(random: &mut Random) -> f32 {
    let code = random.below(u64::from(F::GREATEST) + 2) as u32;
    let step = value_of::<F>(code + 1) - value_of::<F>(code);
    let at = value_of::<F>(code) + step * [0.0, 0.5, 0.25, 0.75][random.below(4) as usize];
    let at = at as f32;
    let moved = [at.next_down(), at, at.next_up()][random.below(3) as usize];
    if random.below(2) == 0 { moved } else { -moved }
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let mut values = random.floats(150);
    for _ in 0..50 {
        values.push(near::<Fp16>(random));
        values.push(near::<E4M3>(random));
        values.push(near::<E5M2>(random));
        values.push(near::<E2M1>(random));
    }
    for &value in &values {
        check_value::<Fp16>(value)?;
        check_value::<E4M3>(value)?;
        check_value::<E5M2>(value)?;
        check_value::<E2M1>(value)?;
    }
    // The bulk functions, which are vectors where there are any, against one value at a time.
    let mut halves = vec![0; values.len()];
    let mut codes = vec![0; values.len()];
    let mut back = vec![0.0; values.len()];
    for overflow in [Overflow::Infinity, Overflow::Saturate] {
        to_fp16(&values, overflow, &mut halves);
        from_fp16(&halves, &mut back);
        for at in 0..values.len() {
            let half = narrow::<Fp16>(values[at].to_bits(), overflow);
            if halves[at] != half || back[at].to_bits() != half_to_single(half) {
                return Err(format!("{:e} to fp16 in bulk", values[at]));
            }
        }
        to_small::<E4M3>(&values, overflow, &mut codes);
        from_small::<E4M3>(&codes, &mut back);
        for at in 0..values.len() {
            let code = narrow::<E4M3>(values[at].to_bits(), overflow);
            if u16::from(codes[at]) != code || back[at].to_bits() != widen::<E4M3>(code) {
                return Err(format!("{:e} to E4M3 in bulk", values[at]));
            }
        }
        to_bf16(&values, overflow, &mut halves);
        from_bf16(&halves, &mut back);
        for at in 0..values.len() {
            check_brain(values[at], overflow, halves[at], back[at])?;
        }
    }
    Ok(())
}

fn check_brain(value: f32, overflow: Overflow, brain: u16, back: f32) -> Result<(), String> {
    let (down, up) = (
        value.to_bits() & 0xffff_0000,
        (value.to_bits() & 0xffff_0000).wrapping_add(0x1_0000),
    );
    let right = if value.is_nan() {
        back.is_nan()
    } else if overflow == Overflow::Saturate && (value.is_infinite() || !f32::from_bits(up).is_finite()) {
        // Past the greatest, or between it and infinity.
        back.abs() == f32::from_bits(0x7f7f_0000)
    } else {
        let fraction = value.to_bits() & 0xffff;
        let away = fraction > 0x8000 || (fraction == 0x8000 && down >> 16 & 1 == 1);
        back.to_bits() == if away { up } else { down }
    };
    if right && back.to_bits() == u32::from(brain) << 16 {
        Ok(())
    } else {
        Err(format!("{value:e} to bf16: {brain:#x}"))
    }
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(9);
        for _ in 0..100 {
            check(&mut random).unwrap();
        }
    }

    fn every_code_survives<F: FloatFormat>() {
        for code in 0..1u32 << F::BITS {
            let value = f32::from_bits(widen::<F>(code as u16));
            let unsigned = code & ((1 << (F::BITS - 1)) - 1);
            if unsigned <= F::GREATEST {
                assert_eq!(f64::from(value), value_of::<F>(code));
            } else {
                assert_eq!(value.is_nan(), !F::IEEE || unsigned != F::OVERFLOWED, "{code:#x}");
            }
            assert_eq!(u32::from(narrow::<F>(value.to_bits(), Overflow::Infinity)), code);
        }
    }

    #[test]
    fn every_code_of_every_format_survives() {
        every_code_survives::<Fp16>();
        every_code_survives::<E4M3>();
        every_code_survives::<E5M2>();
        every_code_survives::<E2M1>();
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
            assert_ne!(
                half_to_single(single_to_half(value.to_bits())),
                value.to_bits(),
                "{value}"
            );
        }
        // A NaN whose payload lies below fp16's bits.
        assert_ne!(half_to_single(single_to_half(0x7f80_0001)), 0x7f80_0001);
    }

    #[test]
    fn the_values_of_fp4() {
        let mut values = [0.0; 8];
        from_small::<E2M1>(&[0, 1, 2, 3, 4, 5, 6, 7], &mut values);
        assert_eq!(values, [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]);
    }
}
