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
    /// What is known beyond the unit.
    pub context: Context,
}

/// What a unit's chain knows of the tensor and of the model around it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Context {
    /// Number of the unit's first weight within its tensor: not 0 where a large tensor comes in slices.
    pub first: u64,
    /// Differs from tensor to tensor: random choices depend on it, on the recipe's seed and on a weight's number.
    pub salt: u64,
    /// The distance of neighbouring levels that the planner chose for the whole model, divided by what the rule says
    /// about this tensor. For a step that says [`crate::Open::Step`]; then it is there, finite and above 0.
    pub step: Option<f32>,
    /// The magnitude below which the planner prunes in the whole model. For a step that says
    /// [`crate::Open::Threshold`]; then it is there.
    pub threshold: Option<f32>,
    /// The largest error that a weight may have. The engine stores a unit exactly whose error is larger: a step that can
    /// keep it should.
    pub max_error: Option<f32>,
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
            context: Context::default(),
        }
    }
}
