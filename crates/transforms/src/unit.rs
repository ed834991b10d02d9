//! What a chain works on.

use crate::{Geometry, Outcome};

/// A tensor's weights on their way through a chain. A tensor beyond the engine's largest block comes as several units,
/// each of whole slices of its first axis, with parameters of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// The weights as fp32; steps change them. All are finite: the engine stores other tensors exactly.
    pub weights: Vec<f32>,
    /// How they lie; its length is that of `weights`.
    pub geometry: Geometry,
    /// Whether a step set weights to zero that must stay zero: steps behind it then represent 0 exactly.
    pub pruned: bool,
    /// How the weights are to be stored.
    pub outcome: Outcome,
}

impl Unit {
    /// Weights that no step has touched.
    ///
    /// # Panics
    /// If the numbers of weights differ; the engine has checked them.
    pub fn new(weights: Vec<f32>, geometry: Geometry) -> Self {
        assert_eq!(weights.len(), geometry.len());
        Unit {
            weights,
            geometry,
            pruned: false,
            outcome: Outcome::Values,
        }
    }
}
