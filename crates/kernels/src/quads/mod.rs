//! Four single-precision numbers at once: what the kernels that fit scales are written in, once, for every build.
//!
//! [`scalar`] is an array, [`simd128`] a vector; both do the same IEEE operations lane by lane, so that an algorithm
//! written over [`Quad`] gives the same bits with either. No operand may be NaN.

mod power;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

pub(crate) use power::power;
#[cfg(any(test, feature = "self-test"))]
pub(crate) use scalar::Four as Portable;
// The only place that chooses between the forms.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use scalar::Four;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use simd128::Four;

/// Quad of a [`Quad`].
pub(crate) const LANES: usize = 4;

/// 1.5 · 2^23: added to a magnitude up to 2^22 and taken away again it leaves the nearest integer, ties to even.
const ROUNDER: f32 = 12_582_912.0;

/// Four numbers, and operations on each.
pub(crate) trait Quad: Copy {
    fn splat(value: f32) -> Self;
    fn load(values: &[f32; LANES]) -> Self;
    /// Of numbers that lie in different places: a vector that is loaded right after its lanes were stored has to wait.
    fn gather(lanes: [&f32; LANES]) -> Self;
    fn store(self, to: &mut [f32; LANES]);
    fn to_array(self) -> [f32; LANES];
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// `other` where it is less.
    fn min(self, other: Self) -> Self;
    /// `other` where it is greater.
    fn max(self, other: Self) -> Self;
    fn abs(self) -> Self;
    /// A mask: all bits set where this is less than `other`.
    fn less(self, other: Self) -> Self;
    /// `self` where the mask is set, else `other`.
    fn select(self, other: Self, mask: Self) -> Self;
    /// `self` where the mask is set, else 0.0.
    fn and(self, mask: Self) -> Self;
    /// Whether any bit of a mask is set.
    fn any(self) -> bool;
    /// Integer sum of the lanes' bits, wrapping.
    fn add_bits(self, other: Self) -> Self;
    /// Integer difference of the lanes' bits, wrapping.
    fn sub_bits(self, other: Self) -> Self;
    /// The lanes' bits shifted left.
    fn shift_left<const BY: u32>(self) -> Self;
    /// The lanes' bits shifted right, the sign kept.
    fn shift_right<const BY: u32>(self) -> Self;
    /// The lanes' bits, as signed integers, converted.
    fn bits_to_float(self) -> Self;
    /// Rows become columns.
    fn transpose(rows: [Self; LANES]) -> [Self; LANES];

    /// The nearest integer, ties to even, of a magnitude up to 2^22.
    #[inline(always)]
    fn round(self) -> Self {
        self.add(Self::splat(ROUNDER)).sub(Self::splat(ROUNDER))
    }

    /// Whole numbers of a magnitude up to 2^22 as integers, in the lanes' bits.
    #[inline(always)]
    fn to_integer_bits(self) -> Self {
        // The integer is in the low bits of what rounding adds to.
        self.add(Self::splat(ROUNDER)).sub_bits(Self::splat(ROUNDER))
    }

    /// Limits to `low..=high`.
    #[inline(always)]
    fn clamp(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }

    /// The sum of all lanes, in every lane.
    #[inline(always)]
    fn total(self) -> Self {
        let [a, b, c, d] = self.to_array();
        Self::splat((a + b) + (c + d))
    }
}
