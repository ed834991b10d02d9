//! Matrices turned: rows become columns.

mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(any(test, feature = "self-test"))]
pub(crate) mod tests;

/// Bytes of a cache line: tiles are as wide and as high, so that each line is read and written once, and few enough
/// lines are in use at a time for rows that lie a power of two apart.
const LINE: usize = 64;

/// What matrices are of: weights and codes.
pub trait Element: sealed::Blocks {}
impl Element for f32 {}
impl Element for u16 {}

/// Elements are of the types above only, for which `scalar.rs` or `simd128.rs` says how tiles are turned.
mod sealed {
    pub trait Blocks: Copy {
        /// Turns a tile that is a cache line wide and as many rows high. Rows begin `columns` elements apart, those of
        /// the result `rows`.
        fn whole_tile(from: &[Self], columns: usize, to: &mut [Self], rows: usize);
    }
}

/// Row `r` of `from`, which has `columns` columns, becomes column `r` of `to`.
///
/// # Panics
/// Unless `from` is whole rows of at least one element, and `to` has as many elements.
pub fn transpose<E: Element>(from: &[E], columns: usize, to: &mut [E]) {
    assert!(columns > 0 && from.len().is_multiple_of(columns), "whole rows");
    assert_eq!(from.len(), to.len(), "as many elements");
    let rows = from.len() / columns;
    let side = LINE / size_of::<E>();
    for top in (0..rows).step_by(side) {
        for left in (0..columns).step_by(side) {
            let (height, width) = (side.min(rows - top), side.min(columns - left));
            let (from, to) = (&from[top * columns + left..], &mut to[left * rows + top..]);
            if height == side && width == side {
                E::whole_tile(from, columns, to, rows);
            } else {
                scalar::any_tile(from, columns, to, rows, (height, width));
            }
        }
    }
}
