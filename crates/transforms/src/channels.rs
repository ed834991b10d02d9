//! Brings the weights of each channel together, and back.

use crate::Geometry;
use tensorpress_kernels::transpose::{Element, transpose};

/// The weights channel by channel, in the order that [`crate::Grouping`] numbers them.
pub(crate) fn gather(weights: &[f32], geometry: &Geometry) -> Vec<f32> {
    swap_axes(weights, [geometry.outer(), geometry.channels(), geometry.inner()])
}

/// The opposite of [`gather`], for weights, codes, or whatever else each weight has.
pub(crate) fn scatter<T: Element + Default>(gathered: &[T], geometry: &Geometry) -> Vec<T> {
    swap_axes(gathered, [geometry.channels(), geometry.outer(), geometry.inner()])
}

/// Weights of one channel; at least 1, so that it can cut an empty unit.
pub(crate) fn length(geometry: &Geometry) -> usize {
    (geometry.outer() * geometry.inner()).max(1)
}

/// `[rows, columns, inner]` becomes `[columns, rows, inner]`.
pub(crate) fn swap_axes<T: Element + Default>(from: &[T], [rows, columns, inner]: [usize; 3]) -> Vec<T> {
    if rows <= 1 || columns <= 1 || inner == 0 {
        return from.to_vec();
    }
    let mut to = vec![T::default(); from.len()];
    if inner == 1 {
        transpose(from, columns, &mut to);
        return to;
    }
    for (row, from) in from.chunks_exact(columns * inner).enumerate() {
        for (column, from) in from.chunks_exact(inner).enumerate() {
            to[(column * rows + row) * inner..][..inner].copy_from_slice(from);
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_come_together_and_go_back() {
        let weights: Vec<f32> = (0..24).map(|i| i as f32).collect();
        for axis in 0..3 {
            let geometry = Geometry::new(vec![2, 3, 4], axis);
            let gathered = gather(&weights, &geometry);
            assert_eq!(scatter(&gathered, &geometry), weights);
        }
        let middle = gather(&weights, &Geometry::new(vec![2, 3, 4], 1));
        assert_eq!(middle[..9], [0.0, 1.0, 2.0, 3.0, 12.0, 13.0, 14.0, 15.0, 4.0]);
        let empty = Geometry::new(vec![0, 3], 1);
        assert!(gather(&[], &empty).is_empty());
        assert_eq!(length(&empty), 1);
    }
}
