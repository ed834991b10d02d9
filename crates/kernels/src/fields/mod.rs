//! Splitting floats into a byte symbol (exponent and leading mantissa bits) and planes of raw bits, and the inverse.
//!
//! A symbol is 0 for the field 0, else `field - base + 1`, which must lie in 1..=255. A field outside of that range
//! is an exception: its symbol is written as 1 and the field itself is recorded with the element's index.

mod histogram;
mod layout;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(test)]
mod tests;
mod word;

pub use layout::{FieldLayout, GROUP, MAX_FIELD_BITS, MAX_PLANES, PlaneLengths};
use word::Word;

/// An element whose field no symbol can express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Index of the element.
    pub index: u32,
    /// Its field.
    pub field: u16,
}

/// What is wrong with the arguments of [`merge`] or [`apply_exceptions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// The destination is not exactly one element a symbol.
    DestinationLength,
    /// The number of planes is not that of the layout.
    PlaneCount,
    /// The plane of this index has not the length that the layout asks for.
    PlaneLength(usize),
    /// An exception names an element beyond the end or a field that does not fit.
    Exception,
}

/// Splits the elements of `src` into `symbols` (one byte an element) and raw planes, which are appended to `raw` in
/// the order of [`FieldLayout::plane_lengths`]. Elements without a symbol are appended to `exceptions`.
///
/// # Panics
/// If `src` is not exactly one element a symbol, or has 2^32 elements or more.
pub fn split(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    raw: &mut Vec<u8>,
    exceptions: &mut Vec<Exception>,
) {
    assert_eq!(
        src.len(),
        symbols.len() * layout.element_bytes(),
        "one symbol an element"
    );
    assert!(u32::try_from(symbols.len()).is_ok(), "element indices fit 32 bits");
    let lengths = layout.plane_lengths(symbols.len());
    let start = raw.len();
    raw.resize(start + lengths.total(), 0);
    let mut planes: [&mut [u8]; MAX_PLANES] = Default::default();
    let mut rest = &mut raw[start..];
    for (plane, &length) in planes.iter_mut().zip(lengths.as_slice()) {
        let (head, tail) = std::mem::take(&mut rest).split_at_mut(length);
        *plane = head;
        rest = tail;
    }
    let planes = &mut planes[..lengths.as_slice().len()];
    match layout.element_bytes() {
        2 => split_words::<u16>(layout, base, src, symbols, planes, exceptions),
        4 => split_words::<u32>(layout, base, src, symbols, planes, exceptions),
        _ => split_words::<u64>(layout, base, src, symbols, planes, exceptions),
    }
}

/// Rebuilds elements from symbols and raw planes. Exceptions are put right afterwards by [`apply_exceptions`].
pub fn merge(
    layout: FieldLayout,
    base: u16,
    symbols: &[u8],
    planes: &[&[u8]],
    dst: &mut [u8],
) -> Result<(), FieldError> {
    if Some(dst.len()) != symbols.len().checked_mul(layout.element_bytes()) {
        return Err(FieldError::DestinationLength);
    }
    let lengths = layout.plane_lengths(symbols.len());
    if planes.len() != lengths.as_slice().len() {
        return Err(FieldError::PlaneCount);
    }
    for (index, (plane, &length)) in planes.iter().zip(lengths.as_slice()).enumerate() {
        if plane.len() != length {
            return Err(FieldError::PlaneLength(index));
        }
    }
    match layout.element_bytes() {
        2 => merge_words::<u16>(layout, base, symbols, planes, dst),
        4 => merge_words::<u32>(layout, base, symbols, planes, dst),
        _ => merge_words::<u64>(layout, base, symbols, planes, dst),
    }
    Ok(())
}

/// [`split`] without vectors.
#[cfg(any(test, feature = "self-test"))]
pub(crate) fn split_scalar(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    raw: &mut Vec<u8>,
    exceptions: &mut Vec<Exception>,
) {
    let lengths = layout.plane_lengths(symbols.len());
    *raw = vec![0; lengths.total()];
    let mut rest = raw.as_mut_slice();
    let mut planes: Vec<&mut [u8]> = Vec::new();
    for &length in lengths.as_slice() {
        let (head, tail) = rest.split_at_mut(length);
        planes.push(head);
        rest = tail;
    }
    match layout.element_bytes() {
        2 => scalar::split::<u16>(layout, base, src, symbols, &mut planes, exceptions, 0),
        4 => scalar::split::<u32>(layout, base, src, symbols, &mut planes, exceptions, 0),
        _ => scalar::split::<u64>(layout, base, src, symbols, &mut planes, exceptions, 0),
    }
}

/// [`merge`] without vectors and without checks.
#[cfg(any(test, feature = "self-test"))]
pub(crate) fn merge_scalar(layout: FieldLayout, base: u16, symbols: &[u8], planes: &[&[u8]], dst: &mut [u8]) {
    match layout.element_bytes() {
        2 => scalar::merge::<u16>(layout, base, symbols, planes, dst, 0),
        4 => scalar::merge::<u32>(layout, base, symbols, planes, dst, 0),
        _ => scalar::merge::<u64>(layout, base, symbols, planes, dst, 0),
    }
}

/// The groups that vectors can do, then the rest.
///
/// A function of its own: engines allocate the registers of very large ones carelessly.
#[inline(never)]
fn split_words<W: Word>(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    planes: &mut [&mut [u8]],
    exceptions: &mut Vec<Exception>,
) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let done = simd128::split::<W>(layout, base, src, symbols, planes, exceptions);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    let done = 0;
    scalar::split::<W>(layout, base, src, symbols, planes, exceptions, done);
}

/// The groups that vectors can do, then the rest.
///
/// A function of its own: engines allocate the registers of very large ones carelessly.
#[inline(never)]
fn merge_words<W: Word>(layout: FieldLayout, base: u16, symbols: &[u8], planes: &[&[u8]], dst: &mut [u8]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    let done = simd128::merge::<W>(layout, base, symbols, planes, dst);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    let done = 0;
    scalar::merge::<W>(layout, base, symbols, planes, dst, done);
}

/// Writes the fields of `exceptions` into merged elements.
pub fn apply_exceptions(layout: FieldLayout, exceptions: &[Exception], dst: &mut [u8]) -> Result<(), FieldError> {
    match layout.element_bytes() {
        2 => word::apply_exceptions::<u16>(layout, exceptions, dst),
        4 => word::apply_exceptions::<u32>(layout, exceptions, dst),
        _ => word::apply_exceptions::<u64>(layout, exceptions, dst),
    }
}

/// About how often each field occurs, from a quarter of the elements: `2^field_bits` counts, of which some may be 0
/// for fields that do occur.
///
/// # Panics
/// If `src` is not a whole number of elements.
pub fn sampled_field_histogram(layout: FieldLayout, src: &[u8]) -> Vec<u32> {
    assert_eq!(src.len() % layout.element_bytes(), 0, "whole elements");
    let mut counts = match layout.element_bytes() {
        2 => histogram::sample::<u16>(layout, src),
        4 => histogram::sample::<u32>(layout, src),
        _ => histogram::sample::<u64>(layout, src),
    };
    counts
        .iter_mut()
        .for_each(|count| *count = count.saturating_mul(histogram::EVERY as u32));
    counts
}

/// How often each field occurs: `2^field_bits` counts.
///
/// # Panics
/// If `src` is not a whole number of elements.
pub fn field_histogram(layout: FieldLayout, src: &[u8]) -> Vec<u32> {
    assert_eq!(src.len() % layout.element_bytes(), 0, "whole elements");
    match layout.element_bytes() {
        2 => histogram::count::<u16>(layout, src),
        4 => histogram::count::<u32>(layout, src),
        _ => histogram::count::<u64>(layout, src),
    }
}
