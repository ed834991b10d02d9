//! How a tensor divides into units.

use crate::limits::MAX_BLOCK;

/// Bytes of a unit where steps do as well with less than the whole tensor: enough that tables and scales of its own
/// cost next to nothing, little enough that workers share a large tensor.
const UNIT: u64 = 4 << 20;

/// Units of whole slices of the first axis; where one slice is too much, of the first axes taken together; and where
/// even the last axis is too long, of runs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slices {
    /// Shape of a slice.
    row: Vec<usize>,
    /// Sizes along the axes that are taken together, but the first of them.
    leading: Vec<usize>,
    /// Axis of the output channels in a unit's shape `[slices, row...]`.
    axis: usize,
    /// Slices of a unit but the last.
    rows: u64,
    /// Whether a unit is a run of weights without channels, of shape `[1, weights]`.
    flat: bool,
}

impl Slices {
    /// Divides a tensor of elements of `width` bytes; a step that wants the `whole` gets as much as a block may hold.
    pub fn new(shape: &[u64], axis: usize, width: usize, whole: bool) -> Self {
        let limit = if whole { u64::from(MAX_BLOCK) } else { UNIT } / width as u64;
        let product = |dimensions: &[u64]| {
            let all = dimensions
                .iter()
                .try_fold(1u64, |product, &size| product.checked_mul(size));
            all.unwrap_or(u64::MAX)
        };
        let total = product(shape);
        // The fewest leading axes to be taken together; a tensor that fits has its first axis as it is.
        let together = (1..shape.len()).find(|&count| product(&shape[count..]) <= limit);
        let Some(together) = together.filter(|_| shape.len() > 1) else {
            return Slices {
                row: Vec::new(),
                leading: Vec::new(),
                axis: 0,
                rows: even(total, limit),
                flat: true,
            };
        };
        let row = &shape[together..];
        let sizes = |axes: &[u64]| axes.iter().map(|&size| size as usize).collect();
        let per_unit = (limit / product(row).max(1)).max(1);
        Slices {
            row: sizes(row),
            leading: sizes(&shape[1..together]),
            axis: if axis < together { 0 } else { axis - together + 1 },
            rows: even(product(&shape[..together]), per_unit),
            flat: false,
        }
    }

    /// Weights of a slice.
    fn row_len(&self) -> u64 {
        self.row.iter().map(|&size| size as u64).product()
    }

    /// Weights of each unit but the last.
    pub fn unit(&self) -> u64 {
        self.rows * self.row_len().max(1)
    }

    /// The tensor's sizes along the axes that the first of a unit's shape stands for, but the first of them.
    pub fn leading(&self) -> &[usize] {
        &self.leading
    }

    /// The axis of the output channels in a unit's shape.
    pub fn axis(&self) -> usize {
        self.axis
    }

    /// Shape of a unit of `weights` weights, a multiple of [`Slices::grain`].
    pub fn shape(&self, weights: u64) -> Vec<usize> {
        if self.flat {
            return vec![1, weights as usize];
        }
        let mut shape = vec![(weights / self.row_len().max(1)) as usize];
        shape.extend_from_slice(&self.row);
        shape
    }

    /// What the number of weights of a unit, or of a part of one, is a multiple of.
    pub fn grain(&self) -> u64 {
        self.row_len().max(1)
    }
}

/// The size of parts of `total`, at most `most`, that are as many as need be and as equal as can be.
fn even(total: u64, most: u64) -> u64 {
    let most = most.max(1);
    total.div_ceil(total.div_ceil(most).max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_tensors_are_one_unit() {
        let slices = Slices::new(&[32, 16, 3, 3], 0, 4, false);
        assert_eq!((slices.unit(), slices.axis()), (32 * 144, 0));
        assert_eq!(slices.shape(32 * 144), [32, 16, 3, 3]);
        let last = Slices::new(&[3, 3, 16, 32], 3, 4, false);
        assert_eq!((last.shape(4608), last.axis()), (vec![3, 3, 16, 32], 3));
    }

    #[test]
    fn large_tensors_are_cut_along_the_first_axis() {
        let slices = Slices::new(&[30_522, 384], 0, 4, false);
        assert!(slices.unit() * 4 <= UNIT && slices.unit() * 4 > UNIT / 2);
        assert_eq!(slices.shape(384 * 7), [7, 384]);
        let whole = Slices::new(&[4096, 1024], 0, 4, true);
        assert_eq!(whole.unit(), 4096 * 1024);
    }

    #[test]
    fn a_first_axis_of_one_is_taken_with_the_next() {
        let slices = Slices::new(&[1, 4096, 4096], 1, 4, false);
        assert_eq!((slices.axis(), slices.grain()), (0, 4096));
        assert_eq!(slices.leading(), [4096]);
        assert_eq!(slices.shape(8192), [2, 4096]);
        let last = Slices::new(&[1, 4096, 4096], 2, 4, false);
        assert_eq!(last.axis(), 1);
    }

    #[test]
    fn vectors_and_endless_rows_have_no_channels() {
        for shape in [vec![], vec![7], vec![2, 100_000_000], vec![u64::MAX, u64::MAX]] {
            let slices = Slices::new(&shape, 0, 4, false);
            assert_eq!(slices.shape(5), [1, 5], "{shape:?}");
            assert!(slices.unit() * 4 <= UNIT);
        }
    }
}
