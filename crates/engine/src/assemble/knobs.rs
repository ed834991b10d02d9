//! What is settled for the whole model before its jobs are encoded.

use crate::recipe::{Choice, Recipe};
use std::rc::Rc;
use tensorpress_transforms::Step;

/// What the planner found out about the whole model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Knobs {
    /// Distance of neighbouring levels in tensors whose rule has the weight 1.
    pub step: Option<f32>,
    /// Magnitude below which weights are pruned.
    pub threshold: Option<f32>,
    /// The chains of rules that have a step which is settled for all their tensors together: the rule's number, and the
    /// chain with that step settled.
    pub(crate) settled: Rc<Vec<(usize, Rc<Vec<Step>>)>>,
}

impl Knobs {
    /// The steps for a tensor.
    pub(crate) fn chain(&self, choice: &Choice) -> Rc<Vec<Step>> {
        let settled = self.settled.iter().find(|(group, _)| choice.group == Some(*group));
        Rc::clone(settled.map_or(&choice.chain, |(_, chain)| chain))
    }

    /// Where `maxError` is the only budget, it says how wide a step may be.
    pub(super) fn within(recipe: Option<&Recipe>) -> Self {
        let most = recipe
            .filter(|recipe| recipe.target().is_none())
            .and_then(|recipe| recipe.max_error);
        Knobs {
            // A step that is too wide is made as fine as the error asks, whatever it is a share of.
            step: most.map(|_| f32::MAX),
            ..Knobs::default()
        }
    }
}
