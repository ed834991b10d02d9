//! Whether a parameter that weights give is one for all of them or one a channel.

use crate::{Geometry, Grouping, channels};
use tensorpress_kernels::transpose::Element;

/// Which weights go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub enum Per {
    /// All of the unit.
    Tensor,
    /// Those of an output channel.
    Channel,
}

tensorpress_json::names!(Per {
    Tensor: "tensor",
    Channel: "channel"
});

impl Per {
    pub(crate) fn is_tensor(&self) -> bool {
        *self == Per::Tensor
    }

    /// Channels of a vector or a scalar would be single weights: those count as one.
    pub(crate) fn of_matrices(self, geometry: &Geometry) -> Self {
        if geometry.shape.len() < 2 { Per::Tensor } else { self }
    }

    /// How many weights go together; at least 1, so that it can cut an empty unit.
    pub(crate) fn length(self, geometry: &Geometry) -> usize {
        match self {
            Per::Tensor => geometry.len().max(1),
            Per::Channel => channels::length(geometry),
        }
    }

    /// The weights in an order where those that go together are neighbours.
    pub(crate) fn gather(self, weights: Vec<f32>, geometry: &Geometry) -> Vec<f32> {
        match self {
            Per::Tensor => weights,
            Per::Channel => channels::gather(&weights, geometry),
        }
    }

    /// The opposite of [`Per::gather`].
    pub(crate) fn scatter<T: Element + Default>(self, gathered: Vec<T>, geometry: &Geometry) -> Vec<T> {
        match self {
            Per::Tensor => gathered,
            Per::Channel => channels::scatter(&gathered, geometry),
        }
    }

    pub(crate) fn grouping(self, geometry: &Geometry) -> Grouping {
        match self {
            Per::Tensor => Grouping::tensor(geometry.len()),
            Per::Channel => Grouping::channel(geometry),
        }
    }
}
