//! Floats in decimal digits: the fewest that tell a number from all others of its type, and of those the nearest to it.
//!
//! They are found one by one in whole numbers of any size (Burger and Dybvig, "Printing Floating-Point Numbers Quickly and
//! Accurately", 1996). Ways that are several times as fast take tables; here a report's numbers are written, not weights.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

/// How a type keeps its numbers, and when they are written without an exponent.
pub struct Format {
    fraction_bits: u32,
    exponent_bits: u32,
    /// Powers of ten of the first digit.
    plain: RangeInclusive<i32>,
}

/// A float of one of the types that are written.
pub trait Float {
    /// Its bits, and how they are to be read.
    fn bits(self) -> (u64, Format);
}

impl Float for f32 {
    fn bits(self) -> (u64, Format) {
        let format = Format {
            fraction_bits: 23,
            exponent_bits: 8,
            plain: -6..=12,
        };
        (self.to_bits().into(), format)
    }
}

impl Float for f64 {
    fn bits(self) -> (u64, Format) {
        let format = Format {
            fraction_bits: 52,
            exponent_bits: 11,
            plain: -5..=15,
        };
        (self.to_bits(), format)
    }
}

/// A number as JSON has it, always with a point or an exponent; `NaN`, `inf` or `-inf`, which it has not.
pub(crate) fn write(number: impl Float) -> String {
    let (bits, format) = number.bits();
    write_bits(bits, &format)
}

#[inline(never)]
fn write_bits(bits: u64, format: &Format) -> String {
    let (hidden, largest) = (1 << format.fraction_bits, (1 << format.exponent_bits) - 1);
    let fraction = bits & (hidden - 1);
    let exponent = (bits >> format.fraction_bits) as i32 & largest;
    let is_negative = bits >> (format.fraction_bits + format.exponent_bits) != 0;
    let mut text = String::new();
    if exponent == largest && fraction != 0 {
        text.push_str("NaN");
        return text;
    }
    if is_negative {
        text.push('-');
    }
    if exponent == largest {
        text.push_str("inf");
    } else if exponent == 0 && fraction == 0 {
        text.push_str("0.0");
    } else {
        let mantissa = if exponent == 0 { fraction } else { fraction | hidden };
        let scale = exponent.max(1) - (largest >> 1) - format.fraction_bits as i32;
        let is_power = exponent != 0 && fraction == 0;
        let (digits, power) = digits_of(mantissa, scale, is_power);
        place(&digits, power, &format.plain, &mut text);
    }
    text
}

/// Writes digits, the first of which counts 10 to the `power`.
fn place(digits: &str, power: i32, plain: &RangeInclusive<i32>, text: &mut String) {
    let is_plain = plain.contains(&power);
    if is_plain && power < 0 {
        text.push_str("0.");
        text.extend((1..-power).map(|_| '0'));
        text.push_str(digits);
        return;
    }
    let whole = if is_plain { power as usize + 1 } else { 1 };
    let mut digits = digits.chars();
    for _ in 0..whole {
        text.push(digits.next().unwrap_or('0'));
    }
    let behind = digits.as_str();
    if is_plain || !behind.is_empty() {
        text.push('.');
    }
    text.push_str(if is_plain && behind.is_empty() { "0" } else { behind });
    if !is_plain {
        text.push_str(if power < 0 { "e-" } else { "e+" });
        text.push_str(&power.unsigned_abs().to_string());
    }
}

/// The digits of `mantissa` * 2^`scale`, and the power of ten that the first counts.
///
/// A power of two is half as far from the next smaller number as from the next larger.
fn digits_of(mantissa: u64, scale: i32, is_power: bool) -> (String, i32) {
    let (up, down) = (scale.max(0) as u32, (-scale).max(0) as u32);
    // All of them four times as large, so that half the way to the next number, below a power a quarter, is whole.
    let (mut rest, mut unit) = (Large::new(mantissa, up + 2, scale), Large::new(1, down + 2, scale));
    let mut above = Large::new(1, up + 1, scale);
    let mut below = Large::new(1, if is_power { up } else { up + 1 }, scale);
    // What lies half way is read as the number if its last bit is zero.
    let is_even = mantissa.is_multiple_of(2);
    let reaches = |order: Ordering| order.is_gt() || is_even && order.is_eq();

    let mut power = -1;
    while reaches(rest.plus(&above).cmp(&unit)) {
        unit.multiply(10);
        power += 1;
    }
    let mut digits = String::new();
    loop {
        for number in [&mut rest, &mut above, &mut below] {
            number.multiply(10);
        }
        let mut digit = b'0';
        while rest >= unit {
            rest.subtract(&unit);
            digit += 1;
        }
        let is_above = reaches(rest.plus(&above).cmp(&unit));
        if digits.is_empty() && digit == b'0' && !is_above {
            power -= 1;
            continue;
        }
        let is_below = reaches(below.cmp(&rest));
        if is_below || is_above {
            let half = rest.plus(&rest).cmp(&unit);
            let is_nearer_above = half.is_gt() || half.is_eq() && digit % 2 == 1;
            digit += u8::from(is_above && (!is_below || is_nearer_above));
        }
        digits.push(digit.into());
        if is_below || is_above {
            return (digits, power);
        }
    }
}

/// A whole number of a size that suffices for what is done here: its least 32 bits are the last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Large(Vec<u32>);

impl Large {
    /// `number` * 2^`shift`, with room for all that a number with this scale is compared with.
    fn new(number: u64, shift: u32, scale: i32) -> Self {
        // A mantissa, two bits more, and what ten times that takes, twice.
        let mut words = vec![0; scale.unsigned_abs() as usize / 32 + 1];
        words.extend([(number >> 32) as u32, number as u32]);
        let mut large = Large(words);
        for _ in 0..shift {
            large.multiply(2);
        }
        large
    }

    fn multiply(&mut self, factor: u32) {
        let mut carry = 0;
        for word in self.0.iter_mut().rev() {
            let product = u64::from(*word) * u64::from(factor) + carry;
            (*word, carry) = (product as u32, product >> 32);
        }
    }

    fn plus(&self, other: &Self) -> Self {
        let mut words = self.0.clone();
        let mut carry = 0;
        for (word, other) in words.iter_mut().zip(&other.0).rev() {
            let sum = u64::from(*word) + u64::from(*other) + carry;
            (*word, carry) = (sum as u32, sum >> 32);
        }
        Large(words)
    }

    fn subtract(&mut self, other: &Self) {
        let mut is_borrowed = false;
        for (word, other) in self.0.iter_mut().zip(&other.0).rev() {
            let (less, is_first) = word.overflowing_sub(*other);
            let (least, is_second) = less.overflowing_sub(is_borrowed.into());
            (*word, is_borrowed) = (least, is_first || is_second);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_same(number: impl Float + zmij::Float + Copy) {
        assert_eq!(write(number), zmij::Buffer::new().format(number));
    }

    #[test]
    fn writes_what_serde_json_writes() {
        for exponent in -330..=310 {
            for digits in ["1", "2", "5", "9.5", "1.7976931348623157", "4.35", "123456789012345678"] {
                let text = format!("{digits}e{exponent}");
                assert_same(text.parse::<f64>().unwrap_or(f64::NAN));
                assert_same(-text.parse::<f32>().unwrap_or(f32::NAN));
            }
        }
        for exponent in 0..2048u64 {
            for fraction in [0, 1, 2, 3, (1 << 52) - 1, 1 << 51] {
                assert_same(f64::from_bits(exponent << 52 | fraction));
            }
        }
        for exponent in 0..512u32 {
            for fraction in [0, 1, 2, 3, (1 << 23) - 1, 1 << 22] {
                assert_same(f32::from_bits(exponent << 23 | fraction));
            }
        }
    }

    #[test]
    fn writes_any_number_as_serde_json_does() {
        let mut state = 1u64;
        for _ in 0..100_000 {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            let bits = state ^ state >> 29;
            assert_same(f64::from_bits(bits));
            assert_same(f32::from_bits((bits >> 32) as u32));
            assert_same((bits >> 11) as f64 / (1u64 << 53) as f64);
            assert_same((bits % 1_000_000) as f32 / 1000.0);
        }
    }
}
