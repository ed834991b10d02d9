//! x^y from basic operations alone, so that every machine gives the same bits: a library's `powf` differs from one to
//! the next in the last bit.
//!
//! log2 x = e + log2 m, with m within √½..√2, by the series of the inverse hyperbolic tangent of (m − 1) / (m + 1);
//! 2^f by its Taylor series over −½..½.

use super::Quad;

/// √½.
const ROOT: u32 = 0x3f35_04f3;
/// 2 / ln 2 divided by 1, 3, 5, 7.
const LOG: [f32; 4] = [2.885_39, 0.961_796_7, 0.577_078, 0.412_198_6];
/// (ln 2)^k / k!
const EXP: [f32; 7] = [
    1.0,
    std::f32::consts::LN_2,
    0.240_226_5,
    0.055_504_11,
    0.009_618_129,
    0.001_333_356,
    0.000_154_035_3,
];

/// x^y for a normal x above 0 whose power is normal, too. Relative error below 2^-20 · (1 + |log2 x^y| / 8).
#[inline(always)]
pub(crate) fn power<L: Quad>(x: L, y: f32) -> L {
    let root = L::splat(f32::from_bits(ROOT));
    let exponent = x.sub_bits(root).shift_right::<23>();
    let mantissa = x.sub_bits(exponent.shift_left::<23>());
    let one = L::splat(1.0);
    let t = mantissa.sub(one).div(mantissa.add(one));
    let squared = t.mul(t);
    let mut series = L::splat(LOG[3]);
    for k in [2, 1, 0] {
        series = series.mul(squared).add(L::splat(LOG[k]));
    }
    let log = exponent.bits_to_float().add(series.mul(t));
    let product = log.mul(L::splat(y));
    let whole = product.round();
    let fraction = product.sub(whole);
    let mut series = L::splat(EXP[6]);
    for k in [5, 4, 3, 2, 1, 0] {
        series = series.mul(fraction).add(L::splat(EXP[k]));
    }
    let exponent = whole.to_integer_bits().shift_left::<23>();
    series.add_bits(exponent)
}
