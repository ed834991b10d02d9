//! How the weights of a tensor lie: which axis has the output channels, and which weights share a scale.

/// The shape of a unit, seen around its channel axis as `[outer, channels, inner]`, row-major.
///
/// A matrix `[out, in]` with channels along axis 0 is `[1, out, in]`; a matrix `[in, out]` with channels along axis 1 is
/// `[in, out, 1]`. A scalar or a tensor without channels is `[1, 1, n]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geometry {
    /// Dimensions, outermost first. Of a slice of a large tensor only the first differs from the tensor's.
    pub shape: Vec<usize>,
    /// The axis of the output channels; always below the rank, unless the rank is 0.
    pub axis: usize,
    /// Where the first dimension stands for several axes of the tensor, taken together: the tensor's sizes along all of
    /// those but the first. Else empty.
    pub leading: Vec<usize>,
}

impl Geometry {
    /// A geometry; an axis beyond the rank becomes the last one.
    pub fn new(shape: Vec<usize>, axis: usize) -> Self {
        let axis = axis.min(shape.len().saturating_sub(1));
        Geometry {
            shape,
            axis,
            leading: Vec::new(),
        }
    }

    /// The axis here of an axis of the tensor.
    pub(crate) fn axis_of(&self, own: usize) -> usize {
        own.saturating_sub(self.leading.len())
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no weights.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Product of the dimensions before the channel axis.
    pub fn outer(&self) -> usize {
        self.shape.iter().take(self.axis).product()
    }

    /// Number of channels; 1 for a scalar.
    pub fn channels(&self) -> usize {
        self.shape.get(self.axis).copied().unwrap_or(1)
    }

    /// Product of the dimensions behind the channel axis.
    pub fn inner(&self) -> usize {
        self.shape.iter().skip(self.axis + 1).product()
    }

    /// The weights as a matrix of rows that lie one behind the other: the last axis is a row, unless there is one axis.
    pub fn rows_and_columns(&self) -> (usize, usize) {
        match self.shape.as_slice() {
            [] => (1, 1),
            [only] => (1, *only),
            [rows @ .., columns] => (rows.iter().product(), *columns),
        }
    }
}

/// Which weights share a scale: those of one channel, or each `group` that follow one another within it.
///
/// Weight `i` of `[outer, channels, inner]` has channel `c = i / inner % channels` and is number
/// `j = i / (channels·inner) · inner + i % inner` of that channel. Its scale is number `c · groups + j / group`, where
/// `groups = ceil(outer·inner / group)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grouping {
    /// Product of the dimensions before the channels.
    pub outer: usize,
    /// Number of channels.
    pub channels: usize,
    /// Product of the dimensions behind the channels.
    pub inner: usize,
    /// Weights of a group; at least 1.
    pub group: usize,
}

impl Grouping {
    /// One scale for all `len` weights.
    pub fn tensor(len: usize) -> Self {
        Grouping {
            outer: 1,
            channels: 1,
            inner: len,
            group: len.max(1),
        }
    }

    /// One scale a channel.
    pub fn channel(geometry: &Geometry) -> Self {
        Self::group(geometry, geometry.outer() * geometry.inner())
    }

    /// One scale for each `group` weights that follow one another in a channel; the last group may be smaller.
    pub fn group(geometry: &Geometry, group: usize) -> Self {
        Grouping {
            outer: geometry.outer(),
            channels: geometry.channels(),
            inner: geometry.inner(),
            group: group.max(1),
        }
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.outer * self.channels * self.inner
    }

    /// Whether there are no weights.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Groups of a channel.
    pub fn groups(&self) -> usize {
        (self.outer * self.inner).div_ceil(self.group)
    }

    /// Number of scales.
    pub fn scales(&self) -> usize {
        self.channels * self.groups()
    }

    /// The scale of a weight. For tests and rare paths: loops step through rows instead.
    pub fn scale_of(&self, index: usize) -> usize {
        let channel = index / self.inner % self.channels;
        let within = index / (self.channels * self.inner) * self.inner + index % self.inner;
        channel * self.groups() + within / self.group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_axis_divides_the_shape() {
        let conv = Geometry::new(vec![3, 3, 16, 32], 3);
        assert_eq!((conv.outer(), conv.channels(), conv.inner()), (144, 32, 1));
        let linear = Geometry::new(vec![32, 144], 0);
        assert_eq!((linear.outer(), linear.channels(), linear.inner()), (1, 32, 144));
        let scalar = Geometry::new(vec![], 0);
        assert_eq!((scalar.len(), scalar.channels()), (1, 1));
        assert_eq!(Geometry::new(vec![4, 0], 7).len(), 0);
    }

    #[test]
    fn scales_are_numbered_by_channel_then_group() {
        let rows = Grouping::group(&Geometry::new(vec![2, 5], 0), 2);
        assert_eq!(rows.scales(), 6);
        let of: Vec<usize> = (0..10).map(|i| rows.scale_of(i)).collect();
        assert_eq!(of, [0, 0, 1, 1, 2, 3, 3, 4, 4, 5]);
        let columns = Grouping::group(&Geometry::new(vec![3, 2], 1), 2);
        let of: Vec<usize> = (0..6).map(|i| columns.scale_of(i)).collect();
        assert_eq!(of, [0, 2, 0, 2, 1, 3]);
    }
}
