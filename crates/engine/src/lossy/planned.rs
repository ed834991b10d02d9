//! From a plan to the parameters of its lossy jobs.

use super::LossyParams;
use crate::assemble::Knobs;
use crate::digest::xxh3_64;
use crate::plan::Planned;

/// Salts are this short so that JSON's numbers hold them exactly.
const SALT_BITS: u32 = 48;

impl Planned {
    /// What is done to `len` bytes from `start` on of a stream; `None` where it is exact.
    pub(crate) fn lossy_params(&self, stream: usize, start: u64, len: u64, knobs: &Knobs) -> Option<LossyParams> {
        let tensor = (*self.changed.get(stream)?)?;
        let choice = self.choices.get(tensor)?;
        let width = self.plan.streams[stream].layout.width() as u64;
        let recipe = self.options.recipe.as_ref()?;
        Some(LossyParams {
            chain: knobs.chain(choice),
            shape: choice.slices.shape(len / width),
            axis: choice.slices.axis(),
            leading: choice.slices.leading().to_vec(),
            first: start / width,
            salt: xxh3_64(self.plan.tensors[tensor].name.as_bytes()) >> (64 - SALT_BITS),
            // JSON, in which jobs reach workers, has no infinity.
            step: knobs.step.map(|step| (step / choice.weight.sqrt()).min(f32::MAX)),
            threshold: knobs.threshold,
            max_error: recipe.max_error,
            count: None,
        })
    }
}
