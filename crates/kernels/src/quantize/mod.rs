//! Values to integer codes and back, one scale and zero point for a run of values.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// Values that are quantized together.
const CHUNK: usize = 16;

/// 1.5 · 2^23: added to a magnitude below 2^22 it leaves the nearest integer, ties to even, in the low bits.
const ROUNDER: f32 = 12_582_912.0;

/// Integers that codes are kept in.
pub trait Code: Copy + sealed::Sealed {
    /// The least that it holds.
    const LOWEST: i32;
    /// The greatest that it holds.
    const HIGHEST: i32;
    /// The code of this value, which lies between [`Code::LOWEST`] and [`Code::HIGHEST`].
    fn from_i32(value: i32) -> Self;
    /// Exactly this code.
    fn to_f32(self) -> f32;
}

macro_rules! code {
    ($($integer:ty),*) => {$(
        impl Code for $integer {
            const LOWEST: i32 = <$integer>::MIN as i32;
            const HIGHEST: i32 = <$integer>::MAX as i32;
            #[inline(always)]
            fn from_i32(value: i32) -> Self {
                value as Self
            }
            #[inline(always)]
            fn to_f32(self) -> f32 {
                f32::from(self)
            }
        }
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        impl sealed::Sealed for $integer {}
    )*};
}
code!(u8, i8, u16, i16);

/// Codes are of the types above only, each with the vector code that it needs.
mod sealed {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub use super::simd128::Vectors as Sealed;
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub trait Sealed {}
}

/// The codes that values are rounded to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// 1 / scale. A quantizer that divides once a run is one that multiplies.
    pub inverse_scale: f32,
    /// Added after scaling: the code of 0.0, which need not be whole.
    pub zero: f32,
    /// The least code.
    pub low: i32,
    /// The greatest code.
    pub high: i32,
}

/// Code = clamp(round(value · inverse_scale + zero), low, high), each operation in single precision, ties to even.
/// Infinities get the outermost codes; a NaN, or ∞ · 0, gets the lowest.
///
/// # Panics
/// Unless there is a code for each value and the grid lies within the codes' type.
#[inline]
pub fn quantize<C: Code>(values: &[f32], grid: Grid, codes: &mut [C]) {
    check_grid::<C>(values.len(), grid, codes.len());
    let (chunks, rest) = values.as_chunks::<CHUNK>();
    let (code_chunks, code_rest) = codes.as_chunks_mut::<CHUNK>();
    chosen::quantize(chunks, grid, code_chunks);
    scalar::quantize_each(rest, grid, code_rest);
}

#[inline(always)]
fn check_grid<C: Code>(values: usize, grid: Grid, codes: usize) {
    assert_eq!(values, codes, "a code for each value");
    assert!(
        C::LOWEST <= grid.low && grid.low <= grid.high && grid.high <= C::HIGHEST,
        "codes from {} to {} within {} to {}",
        grid.low,
        grid.high,
        C::LOWEST,
        C::HIGHEST
    );
}

/// Value = (code − zero) · scale, each operation in single precision.
///
/// # Panics
/// Unless there is a value for each code.
#[inline]
pub fn dequantize<C: Code>(codes: &[C], scale: f32, zero: f32, values: &mut [f32]) {
    assert_eq!(values.len(), codes.len(), "a value for each code");
    let (chunks, rest) = values.as_chunks_mut::<CHUNK>();
    let (code_chunks, code_rest) = codes.as_chunks::<CHUNK>();
    chosen::dequantize(code_chunks, scale, zero, chunks);
    scalar::dequantize_each(code_rest, scale, zero, rest);
}

/// The only place that chooses between the forms.
mod chosen {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub(super) use super::scalar::{dequantize, quantize};
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(super) use super::simd128::{dequantize, quantize};
}
