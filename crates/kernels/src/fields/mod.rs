//! Splitting floats into a byte symbol (exponent and leading mantissa bits) and planes of raw bits, and the inverse.
//!
//! A symbol is 0 for the field 0, else `field - base + 1`, which must lie in 1..=255. A field outside of that range
//! is an exception: its symbol is written as 1 and the field itself is recorded with the element's index.

mod bounds;
mod histogram;
mod layout;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(test)]
mod tests;
mod word;

use alloc::vec::Vec;
pub use bounds::SymbolBounds;
pub use layout::{FieldLayout, GROUP, MAX_FIELD_BITS, MAX_PLANES, PlaneLengths};
use word::Word;

/// Calls a function for the words of 2, 4 or 8 bytes.
macro_rules! for_width {
    ($bytes:expr, $($path:ident)::+ ($($argument:expr),*)) => {
        match $bytes {
            2 => $($path)::+::<u16>($($argument),*),
            4 => $($path)::+::<u32>($($argument),*),
            _ => $($path)::+::<u64>($($argument),*),
        }
    };
}

/// Whether whole groups are left to vectors.
const VECTORS: bool = cfg!(all(target_arch = "wasm32", target_feature = "simd128"));

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

/// How many elements are done at once: those of whole groups, or all where there are no vectors.
fn in_whole_groups(elements: usize) -> usize {
    if VECTORS { elements / GROUP * GROUP } else { elements }
}

/// The elements of the last group as a whole one: what it lacks is 0.
fn padded_group(elements: &[u8]) -> [u8; GROUP * 8] {
    let mut padded = [0u8; GROUP * 8];
    padded[..elements.len()].copy_from_slice(elements);
    padded
}

/// Writes the symbol of each element of `src` to `symbols` and says which ones these are. Elements without one are
/// appended to `exceptions`.
///
/// # Panics
/// If `src` is not exactly one element a symbol, or has 2^32 elements or more, or `base` is 0.
pub fn split_symbols(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    exceptions: &mut Vec<Exception>,
) -> SymbolBounds {
    assert_eq!(
        src.len(),
        symbols.len() * layout.element_bytes(),
        "one symbol an element"
    );
    assert!(u32::try_from(symbols.len()).is_ok(), "element indices fit 32 bits");
    assert!(base != 0, "field 0 is symbol 0");
    let whole = in_whole_groups(symbols.len());
    let (symbols, last_symbols) = symbols.split_at_mut(whole);
    let (src, last) = src.split_at(whole * layout.element_bytes());
    let bounds = for_width!(
        layout.element_bytes(),
        symbols_of_words(layout, base, src, symbols, exceptions)
    );
    if last.is_empty() {
        return bounds;
    }
    // What the last group lacks is 0, which has a symbol.
    let (padded, mut padded_symbols) = (padded_group(last), [0u8; GROUP]);
    let known = exceptions.len();
    for_width!(
        layout.element_bytes(),
        symbols_of_words(
            layout,
            base,
            &padded[..GROUP * layout.element_bytes()],
            &mut padded_symbols,
            exceptions
        )
    );
    exceptions[known..]
        .iter_mut()
        .for_each(|exception| exception.index += whole as u32);
    last_symbols.copy_from_slice(&padded_symbols[..last_symbols.len()]);
    bounds.and(SymbolBounds::of(last_symbols))
}

/// Appends the raw planes of the elements of `src` to `out`, each behind a byte `before`, in the order of
/// [`FieldLayout::plane_lengths`].
///
/// # Panics
/// If `src` is not a whole number of elements.
pub fn append_planes(layout: FieldLayout, before: u8, src: &[u8], out: &mut Vec<u8>) {
    append_planes_by(layout, before, src, out, VECTORS);
}

/// Makes room for the planes behind `out` and has them written, by vectors or without.
fn append_planes_by(layout: FieldLayout, before: u8, src: &[u8], out: &mut Vec<u8>, vectors: bool) {
    assert_eq!(src.len() % layout.element_bytes(), 0, "whole elements");
    let elements = src.len() / layout.element_bytes();
    let (groups, last) = if vectors {
        (elements / GROUP, elements % GROUP)
    } else {
        (0, 0)
    };
    let lengths = layout.plane_lengths(elements);
    let lengths = lengths.as_slice();
    // What vectors write need not be cleared first.
    let mut last_planes = [[0u8; GROUP]; MAX_PLANES];
    if last != 0 {
        let padded = padded_group(&src[groups * GROUP * layout.element_bytes()..]);
        // SAFETY: each has a byte an element, and no plane has more.
        unsafe {
            planes_by_vectors(
                layout,
                &padded,
                1,
                last_planes.each_mut().map(|plane| plane.as_mut_ptr()),
            )
        };
    }
    let (start, room) = (out.len(), lengths.iter().sum::<usize>() + lengths.len());
    out.reserve(room);
    let mut planes = [core::ptr::null_mut(); MAX_PLANES];
    let mut rest = &mut out.spare_capacity_mut()[..room];
    for (index, (plane, &length)) in planes.iter_mut().zip(lengths).enumerate() {
        let (head, tail) = core::mem::take(&mut rest).split_at_mut(1 + length);
        head[0].write(before);
        let (_, behind) = head[1..].split_at_mut(groups * layout.group_bytes(index));
        for (target, &byte) in behind.iter_mut().zip(last_planes[index].iter().cycle()) {
            target.write(byte);
        }
        *plane = head[1..].as_mut_ptr().cast::<u8>();
        rest = tail;
    }
    // SAFETY: each plane has room for as many groups.
    unsafe { planes_by_vectors(layout, src, groups, planes) };
    // SAFETY: the loop has written the bytes before planes and what is behind their first groups; these vectors have, or
    // there are none.
    unsafe { out.set_len(start + room) };
    if !vectors {
        let mut rest = &mut out[start..];
        let mut planes: [&mut [u8]; MAX_PLANES] = Default::default();
        for (plane, &length) in planes.iter_mut().zip(lengths) {
            let (head, tail) = core::mem::take(&mut rest)[1..].split_at_mut(length);
            *plane = head;
            rest = tail;
        }
        for_width!(
            layout.element_bytes(),
            scalar::split_planes(layout, src, &mut planes[..lengths.len()])
        );
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
    let whole = in_whole_groups(symbols.len());
    let (symbols, last) = symbols.split_at(whole);
    let (dst, last_dst) = dst.split_at_mut(whole * layout.element_bytes());
    for_width!(layout.element_bytes(), merge_words(layout, base, symbols, planes, dst));
    if !last.is_empty() {
        merge_last(layout, base, last, whole, planes, last_dst);
    }
    Ok(())
}

/// The last group, which is not whole, as a whole one. `first` is the index of its first element.
fn merge_last(layout: FieldLayout, base: u16, symbols: &[u8], first: usize, planes: &[&[u8]], dst: &mut [u8]) {
    let groups_before = first / GROUP;
    let (mut padded_symbols, mut padded) = ([0u8; GROUP], [[0u8; GROUP]; MAX_PLANES]);
    padded_symbols[..symbols.len()].copy_from_slice(symbols);
    for (index, (slot, plane)) in padded.iter_mut().zip(planes).enumerate() {
        // Planes of bytes end with the elements, the others with a whole group.
        let start = if index < layout.byte_planes() {
            first
        } else {
            plane.len() / (groups_before + 1) * groups_before
        };
        slot[..plane.len() - start].copy_from_slice(&plane[start..]);
    }
    let padded: [&[u8]; MAX_PLANES] = core::array::from_fn(|index| padded[index].as_slice());
    let padded = &padded[..planes.len()];
    let mut elements = [0u8; GROUP * 8];
    let group = &mut elements[..GROUP * layout.element_bytes()];
    for_width!(
        layout.element_bytes(),
        merge_words(layout, base, &padded_symbols, padded, group)
    );
    dst.copy_from_slice(&group[..dst.len()]);
}

/// [`split_symbols`] without vectors.
#[cfg(any(test, feature = "self-test"))]
pub(crate) fn split_symbols_scalar(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    exceptions: &mut Vec<Exception>,
) -> SymbolBounds {
    for_width!(
        layout.element_bytes(),
        scalar::split_symbols(layout, base, src, symbols, exceptions)
    )
}

/// [`append_planes`] without vectors.
#[cfg(any(test, feature = "self-test"))]
pub(crate) fn append_planes_scalar(layout: FieldLayout, before: u8, src: &[u8], out: &mut Vec<u8>) {
    append_planes_by(layout, before, src, out, false);
}

/// [`merge`] without vectors and without checks.
#[cfg(any(test, feature = "self-test"))]
pub(crate) fn merge_scalar(layout: FieldLayout, base: u16, symbols: &[u8], planes: &[&[u8]], dst: &mut [u8]) {
    for_width!(
        layout.element_bytes(),
        scalar::merge(layout, base, symbols, planes, dst, 0)
    )
}

/// All groups, which are whole where there are vectors.
///
/// A function of its own: engines allocate the registers of very large ones carelessly.
#[inline(never)]
fn symbols_of_words<W: Word>(
    layout: FieldLayout,
    base: u16,
    src: &[u8],
    symbols: &mut [u8],
    exceptions: &mut Vec<Exception>,
) -> SymbolBounds {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    if VECTORS {
        return simd128::split_symbols::<W>(layout, base, src, symbols, exceptions);
    }
    scalar::split_symbols::<W>(layout, base, src, symbols, exceptions)
}

/// The planes of the first `groups` groups, where there are vectors.
///
/// # Safety
/// As [`simd128::split_planes`].
unsafe fn planes_by_vectors(layout: FieldLayout, src: &[u8], groups: usize, planes: [*mut u8; MAX_PLANES]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    // SAFETY: the contract is the same.
    unsafe {
        for_width!(
            layout.element_bytes(),
            simd128::split_planes(layout, src, groups, planes)
        );
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    let _ = (layout, src, groups, planes);
}

/// All groups, which are whole where there are vectors.
///
/// A function of its own: engines allocate the registers of very large ones carelessly.
#[inline(never)]
fn merge_words<W: Word>(layout: FieldLayout, base: u16, symbols: &[u8], planes: &[&[u8]], dst: &mut [u8]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    simd128::merge::<W>(layout, base, symbols, planes, dst);
    if !VECTORS {
        scalar::merge::<W>(layout, base, symbols, planes, dst, 0);
    }
}

/// Writes the fields of `exceptions` into merged elements.
pub fn apply_exceptions(layout: FieldLayout, exceptions: &[Exception], dst: &mut [u8]) -> Result<(), FieldError> {
    word::apply_exceptions(layout, exceptions, dst)
}

/// About how often each field occurs, from one run of elements in `every`: `2^field_bits` counts, of which some may be 0
/// for fields that do occur.
///
/// # Panics
/// If `src` is not a whole number of elements, or `every` is 0.
pub fn sampled_field_histogram(layout: FieldLayout, src: &[u8], every: usize) -> Vec<u32> {
    assert_eq!(src.len() % layout.element_bytes(), 0, "whole elements");
    for_width!(layout.element_bytes(), histogram::sample(layout, src, every))
}

/// How often each field occurs: `2^field_bits` counts.
///
/// # Panics
/// If `src` is not a whole number of elements.
pub fn field_histogram(layout: FieldLayout, src: &[u8]) -> Vec<u32> {
    assert_eq!(src.len() % layout.element_bytes(), 0, "whole elements");
    for_width!(layout.element_bytes(), histogram::count(layout, src))
}
