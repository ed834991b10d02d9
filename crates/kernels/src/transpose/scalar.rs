//! An element at a time: the portable form, and tiles at the edges.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use super::LINE;

/// How whole tiles are turned.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub trait Blocks: Sized {
    /// Turns a tile that is a cache line wide and as many rows high. Rows begin `columns` elements apart, those of the
    /// result `rows`.
    fn whole_tile(from: &[Self], columns: usize, to: &mut [Self], rows: usize);
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
impl<E: Copy> Blocks for E {
    fn whole_tile(from: &[E], columns: usize, to: &mut [E], rows: usize) {
        let side = LINE / size_of::<E>();
        any_tile(from, columns, to, rows, (side, side));
    }
}

/// Turns a tile of `height` rows, each of `width` elements.
pub(super) fn any_tile<E: Copy>(
    from: &[E],
    columns: usize,
    to: &mut [E],
    rows: usize,
    (height, width): (usize, usize),
) {
    for (column, to) in to.chunks_mut(rows).take(width).enumerate() {
        for (slot, row) in to[..height].iter_mut().zip(from.chunks(columns)) {
            *slot = row[column];
        }
    }
}
