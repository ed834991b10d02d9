//! Floats of few bits, laid out as IEEE 754 has it: sign, exponent, mantissa; subnormals included.

/// What a value beyond the greatest becomes when it is narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// An infinity, where the format has one, else a NaN, where it has one, else the greatest value. What IEEE 754 and
    /// the OCP formats call non-saturating.
    Infinity,
    /// The greatest value of the same sign, for infinities too.
    Saturate,
}

/// The layout of a float of at most 16 bits.
pub trait FloatFormat {
    /// Bits in all.
    const BITS: u32;
    /// Bits of the mantissa.
    const MANTISSA: u32;
    /// What is added to the exponent.
    const BIAS: u32;
    /// The greatest finite magnitude, as its bits.
    const GREATEST: u32;
    /// What an overflow becomes unless it saturates.
    const OVERFLOWED: u32;
    /// What a NaN becomes, but for its payload.
    const NAN: u32;
    /// Whether the exponent of ones is for infinities and NaNs alone, as in IEEE 754.
    const IEEE: bool;
}

/// IEEE 754 binary16: up to 65504.
#[derive(Debug, Clone, Copy)]
pub struct Fp16;

impl FloatFormat for Fp16 {
    const BITS: u32 = 16;
    const MANTISSA: u32 = 10;
    const BIAS: u32 = 15;
    const GREATEST: u32 = 0x7bff;
    const OVERFLOWED: u32 = 0x7c00;
    const NAN: u32 = 0x7e00;
    const IEEE: bool = true;
}

/// OCP fp8 E4M3 ("FN"): up to 448, no infinity, one NaN a sign.
#[derive(Debug, Clone, Copy)]
pub struct E4M3;

impl FloatFormat for E4M3 {
    const BITS: u32 = 8;
    const MANTISSA: u32 = 3;
    const BIAS: u32 = 7;
    const GREATEST: u32 = 0x7e;
    const OVERFLOWED: u32 = 0x7f;
    const NAN: u32 = 0x7f;
    const IEEE: bool = false;
}

/// OCP fp8 E5M2: up to 57344.
#[derive(Debug, Clone, Copy)]
pub struct E5M2;

impl FloatFormat for E5M2 {
    const BITS: u32 = 8;
    const MANTISSA: u32 = 2;
    const BIAS: u32 = 15;
    const GREATEST: u32 = 0x7b;
    const OVERFLOWED: u32 = 0x7c;
    const NAN: u32 = 0x7e;
    const IEEE: bool = true;
}

/// OCP fp4 E2M1: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives. It has neither infinity nor NaN: an overflow always
/// becomes 6, and so does a NaN, of either sign.
#[derive(Debug, Clone, Copy)]
pub struct E2M1;

impl FloatFormat for E2M1 {
    const BITS: u32 = 4;
    const MANTISSA: u32 = 1;
    const BIAS: u32 = 1;
    const GREATEST: u32 = 0x7;
    const OVERFLOWED: u32 = 0x7;
    const NAN: u32 = 0x7;
    const IEEE: bool = false;
}

/// The pattern of `exponent`'s power of two.
const fn power(exponent: i32) -> u32 {
    ((127 + exponent) as u32) << 23
}

/// The nearest value of the format to an fp32 pattern, as its bits.
#[inline(always)]
pub(super) fn narrow<F: FloatFormat>(single: u32, overflow: Overflow) -> u16 {
    let shift = 23 - F::MANTISSA;
    let magnitude = single & 0x7fff_ffff;
    // Normal: round in place and move the exponent's bias. A carry out of the mantissa is the next exponent.
    let odd = magnitude >> shift & 1;
    let rounded = magnitude.wrapping_add((1 << (shift - 1)) - 1 + odd);
    let normal = rounded.wrapping_sub((127 - F::BIAS) << 23) >> shift;
    // Subnormal: a float whose last bit is worth what the format's is; the addition rounds.
    let unit = const { power(23 + 1 - F::BIAS as i32 - F::MANTISSA as i32) };
    let subnormal = (f32::from_bits(magnitude) + f32::from_bits(unit))
        .to_bits()
        .wrapping_sub(unit);
    let finite = if magnitude < const { power(1 - F::BIAS as i32) } {
        subnormal
    } else {
        normal
    };
    let most = match overflow {
        Overflow::Infinity => F::OVERFLOWED,
        Overflow::Saturate => F::GREATEST,
    };
    // Where the format has more patterns than `GREATEST`, one past it is what overflowed.
    let finite = if finite > F::GREATEST { most } else { finite };
    let payload = if F::IEEE {
        let kept = (magnitude >> shift) & ((1 << F::MANTISSA) - 1);
        // A NaN keeps what it can of its payload; without any it would be an infinity.
        let infinity = F::NAN & !((1 << F::MANTISSA) - 1);
        if kept == 0 { F::NAN } else { infinity | kept }
    } else {
        F::NAN
    };
    let unsigned = if magnitude > 0x7f80_0000 { payload } else { finite };
    (unsigned | (single >> 31) << (F::BITS - 1)) as u16
}

/// The fp32 pattern of the same value: exact, with a NaN's payload.
#[inline(always)]
pub(super) fn widen<F: FloatFormat>(code: u16) -> u32 {
    let code = u32::from(code);
    let magnitude_bits = code & ((1 << (F::BITS - 1)) - 1);
    let sign = (code >> (F::BITS - 1) & 1) << 31;
    let magnitude = magnitude_bits << (23 - F::MANTISSA);
    // Moves the exponent's bias to 127 and normalises subnormals, exactly; no NaN ever is an operand.
    let scaled = (f32::from_bits(magnitude) * f32::from_bits(const { power(127 - F::BIAS as i32) })).to_bits();
    if magnitude_bits <= F::GREATEST {
        scaled | sign
    } else if F::IEEE {
        scaled | 0x7f80_0000 | sign
    } else {
        0x7fc0_0000 | sign
    }
}
