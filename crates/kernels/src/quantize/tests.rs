//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;
use std::fmt::Debug;

/// By the definition, with the rounding that the standard library has.
fn naive(value: f32, grid: Grid) -> i32 {
    let scaled = value * grid.inverse_scale + grid.zero;
    if scaled.is_nan() {
        return grid.low;
    }
    // Clamped as a double, which holds every integer there is here.
    let rounded = f64::from(scaled.round_ties_even());
    rounded.clamp(f64::from(grid.low), f64::from(grid.high)) as i32
}

fn check_code<C: Code + Debug + PartialEq + Default>(random: &mut Random) -> Result<(), String> {
    let length = random.below(120) as usize;
    let values = random.floats(length);
    let span = (C::HIGHEST - C::LOWEST) as u64;
    let low = C::LOWEST + random.below(span) as i32;
    let grid = match random.below(4) {
        0 => Grid {
            inverse_scale: 100.0,
            zero: 0.0,
            low: C::LOWEST,
            high: C::HIGHEST,
        },
        1 => Grid {
            // Halves: ties.
            inverse_scale: [1.0, -0.5, 0.0][random.below(3) as usize],
            zero: 0.5,
            low: C::LOWEST,
            high: C::HIGHEST,
        },
        _ => Grid {
            inverse_scale: random.weight() * 5000.0,
            zero: random.weight() * 1000.0,
            low,
            high: low + random.below((C::HIGHEST - low) as u64 + 1) as i32,
        },
    };
    let mut codes = vec![C::default(); length];
    quantize(&values, grid, &mut codes);
    let expected: Vec<C> = values.iter().map(|&value| C::from_i32(naive(value, grid))).collect();
    if codes != expected {
        return Err(format!("quantized {codes:?}, not {expected:?}: {grid:?}, {values:?}"));
    }
    let mut scalar_codes = vec![C::default(); length];
    scalar::quantize_each(&values, grid, &mut scalar_codes);
    if codes != scalar_codes {
        return Err(format!(
            "quantized {codes:?}, by the scalar form {scalar_codes:?}: {grid:?}, {values:?}"
        ));
    }
    let (scale, zero) = (random.weight(), random.weight() * 100.0);
    let (mut restored, mut scalar_restored) = (vec![f32::NAN; length], vec![f32::NAN; length]);
    dequantize(&codes, scale, zero, &mut restored);
    scalar::dequantize_each(&codes, scale, zero, &mut scalar_restored);
    for at in 0..length {
        let expected = (codes[at].to_f32() - zero) * scale;
        let (found, scalar) = (restored[at].to_bits(), scalar_restored[at].to_bits());
        if found != expected.to_bits() || found != scalar {
            return Err(format!("dequantized {:?}: {} not {expected}", codes[at], restored[at]));
        }
    }
    Ok(())
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    check_code::<u8>(random)?;
    check_code::<i8>(random)?;
    check_code::<u16>(random)?;
    check_code::<i16>(random)
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(5);
        for _ in 0..500 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn every_code_survives() {
        let codes: Vec<u16> = (0..=u16::MAX).collect();
        let mut values = vec![0.0; codes.len()];
        dequantize(&codes, 0.5, 1000.0, &mut values);
        let mut again = vec![0u16; codes.len()];
        let grid = Grid {
            inverse_scale: 2.0,
            zero: 1000.0,
            low: 0,
            high: 65535,
        };
        quantize(&values, grid, &mut again);
        assert_eq!(codes, again);
    }

    #[test]
    fn ties_go_to_even_codes() {
        let grid = Grid {
            inverse_scale: 1.0,
            zero: 0.0,
            low: -128,
            high: 127,
        };
        let mut codes = [0i8; 6];
        quantize(&[0.5, 1.5, 2.5, -0.5, -1.5, f32::NAN], grid, &mut codes);
        assert_eq!(codes, [0, 2, 2, 0, -2, -128]);
    }
}
