//! Portable form: an array.
#![cfg_attr(all(target_arch = "wasm32", target_feature = "simd128"), allow(dead_code))]

use super::{LANES, Quad};
use std::array::from_fn;

/// Four numbers.
#[derive(Clone, Copy)]
pub(crate) struct Four([f32; LANES]);

#[inline(always)]
fn each(a: Four, b: Four, operation: impl Fn(f32, f32) -> f32) -> Four {
    Four(from_fn(|lane| operation(a.0[lane], b.0[lane])))
}

#[inline(always)]
fn each_bits(a: Four, b: Four, operation: impl Fn(u32, u32) -> u32) -> Four {
    each(a, b, |a, b| f32::from_bits(operation(a.to_bits(), b.to_bits())))
}

impl Quad for Four {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Four([value; LANES])
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        Four(*values)
    }

    #[inline(always)]
    fn gather(lanes: [&f32; LANES]) -> Self {
        Four(lanes.map(|lane| *lane))
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        *to = self.0;
    }

    #[inline(always)]
    fn to_array(self) -> [f32; LANES] {
        self.0
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each(self, other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        each(self, other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        each(self, other, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        each(self, other, |a, b| a / b)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        each(self, other, |a, b| if b < a { b } else { a })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        each(self, other, |a, b| if a < b { b } else { a })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Four(self.0.map(f32::abs))
    }

    #[inline(always)]
    fn less(self, other: Self) -> Self {
        each(self, other, |a, b| f32::from_bits(if a < b { u32::MAX } else { 0 }))
    }

    #[inline(always)]
    fn select(self, other: Self, mask: Self) -> Self {
        Four(from_fn(|lane| {
            if mask.0[lane].to_bits() != 0 {
                self.0[lane]
            } else {
                other.0[lane]
            }
        }))
    }

    #[inline(always)]
    fn and(self, mask: Self) -> Self {
        each_bits(self, mask, |a, b| a & b)
    }

    #[inline(always)]
    fn any(self) -> bool {
        self.0.iter().any(|lane| lane.to_bits() != 0)
    }

    #[inline(always)]
    fn add_bits(self, other: Self) -> Self {
        each_bits(self, other, u32::wrapping_add)
    }

    #[inline(always)]
    fn sub_bits(self, other: Self) -> Self {
        each_bits(self, other, u32::wrapping_sub)
    }

    #[inline(always)]
    fn shift_left<const BY: u32>(self) -> Self {
        Four(self.0.map(|lane| f32::from_bits(lane.to_bits() << BY)))
    }

    #[inline(always)]
    fn shift_right<const BY: u32>(self) -> Self {
        Four(self.0.map(|lane| f32::from_bits((lane.to_bits() as i32 >> BY) as u32)))
    }

    #[inline(always)]
    fn bits_to_float(self) -> Self {
        Four(self.0.map(|lane| lane.to_bits() as i32 as f32))
    }

    #[inline(always)]
    fn transpose(rows: [Self; LANES]) -> [Self; LANES] {
        from_fn(|column| Four(from_fn(|row| rows[row].0[column])))
    }
}
