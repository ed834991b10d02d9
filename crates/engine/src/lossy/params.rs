//! What a job that may change weights is told.

use super::Count;
use crate::EngineError;
use crate::fault::invalid;
use std::rc::Rc;
use tensorpress_json::to_text;
use tensorpress_transforms::{Context, Geometry, Step};

tensorpress_json::fields! {
    /// How the weights of a job are to be changed. A job is one block then, hence one unit.
    #[derive(Debug, Clone, PartialEq)]
    pub struct LossyParams {
        /// The steps, in order.
        pub chain: Rc<Vec<Step>> => required,
        /// Shape of the unit, outermost dimension first.
        pub shape: Vec<usize> => required,
        /// The axis of its output channels.
        pub axis: usize => required,
        /// The tensor's sizes along the axes that the first of `shape` stands for, but the first of them.
        pub leading: Vec<usize>,
        /// Number of its first weight within the tensor.
        pub first: u64 => required,
        /// Differs from tensor to tensor.
        pub salt: u64 => required,
        /// Distance of neighbouring levels, where a step leaves it to the planner.
        pub step: Option<f32>,
        /// Magnitude below which weights are pruned, where a step leaves it to the planner.
        pub threshold: Option<f32>,
        /// Largest error of a weight; where it cannot be kept the block is stored exactly.
        pub max_error("maxError"): Option<f64>,
        /// What is to be counted, where the weights are not to be encoded at all.
        pub count: Option<Count>,
    }
}

impl LossyParams {
    /// The geometry of a unit of `weights` weights.
    pub(crate) fn geometry(&self, weights: usize) -> Result<Geometry, EngineError> {
        let product = self
            .shape
            .iter()
            .try_fold(1usize, |product, &size| product.checked_mul(size));
        if product != Some(weights) {
            let detail = format!("{}, expected the shape of {weights} weights", to_text(&self.shape));
            return Err(invalid("params.shape", detail));
        }
        Ok(Geometry {
            leading: self.leading.clone(),
            ..Geometry::new(self.shape.clone(), self.axis)
        })
    }

    /// What the chain knows beyond the unit.
    pub(crate) fn context(&self) -> Context {
        Context {
            first: self.first,
            salt: self.salt,
            step: self.step,
            threshold: self.threshold,
            max_error: self.max_error.map(|most| most as f32),
        }
    }
}
