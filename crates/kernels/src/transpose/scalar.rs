//! An element at a time: the portable form, and tiles at the edges.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
impl<E: Copy> super::sealed::Blocks for E {
    fn whole_tile(from: &[E], columns: usize, to: &mut [E], rows: usize) {
        let side = super::LINE / size_of::<E>();
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
