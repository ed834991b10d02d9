//! A vector of 128 bits.

use super::{LANES, Quad};
use crate::vector;
use core::arch::wasm32::*;

/// Four numbers.
#[derive(Clone, Copy)]
pub(crate) struct Four(v128);

impl Quad for Four {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Four(f32x4_splat(value))
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        Four(vector::load(values))
    }

    #[inline(always)]
    fn gather([a, b, c, d]: [&f32; LANES]) -> Self {
        Four(f32x4(*a, *b, *c, *d))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        vector::store(to, self.0);
    }

    #[inline(always)]
    fn to_array(self) -> [f32; LANES] {
        vector::lanes(self.0)
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Four(f32x4_add(self.0, other.0))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Four(f32x4_sub(self.0, other.0))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Four(f32x4_mul(self.0, other.0))
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Four(f32x4_div(self.0, other.0))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Four(f32x4_pmin(self.0, other.0))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Four(f32x4_pmax(self.0, other.0))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Four(f32x4_abs(self.0))
    }

    #[inline(always)]
    fn less(self, other: Self) -> Self {
        Four(f32x4_lt(self.0, other.0))
    }

    #[inline(always)]
    fn select(self, other: Self, mask: Self) -> Self {
        Four(v128_bitselect(self.0, other.0, mask.0))
    }

    #[inline(always)]
    fn and(self, mask: Self) -> Self {
        Four(v128_and(self.0, mask.0))
    }

    #[inline(always)]
    fn any(self) -> bool {
        v128_any_true(self.0)
    }

    #[inline(always)]
    fn add_bits(self, other: Self) -> Self {
        Four(i32x4_add(self.0, other.0))
    }

    #[inline(always)]
    fn sub_bits(self, other: Self) -> Self {
        Four(i32x4_sub(self.0, other.0))
    }

    #[inline(always)]
    fn shift_left<const BY: u32>(self) -> Self {
        Four(i32x4_shl(self.0, BY))
    }

    #[inline(always)]
    fn shift_right<const BY: u32>(self) -> Self {
        Four(i32x4_shr(self.0, BY))
    }

    #[inline(always)]
    fn bits_to_float(self) -> Self {
        Four(f32x4_convert_i32x4(self.0))
    }

    #[inline(always)]
    fn transpose(rows: [Self; LANES]) -> [Self; LANES] {
        let [a, b, c, d] = rows.map(|row| row.0);
        let (ab, cd) = (
            [i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b)],
            [i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d)],
        );
        [
            Four(i64x2_shuffle::<0, 2>(ab[0], cd[0])),
            Four(i64x2_shuffle::<1, 3>(ab[0], cd[0])),
            Four(i64x2_shuffle::<0, 2>(ab[1], cd[1])),
            Four(i64x2_shuffle::<1, 3>(ab[1], cd[1])),
        ]
    }
}
