//! What a round gives, in the terms of the budget, and what the budget allows.

use super::search::Window;
use super::{Phase, Tuner};
use crate::EngineError;
use crate::assemble::Assembler;
use crate::fault::invalid;
use crate::lossy::mean_relative_error;
use crate::recipe::Target;
use crate::report::cost;

/// The quality where nothing differs: more than any budget asks for. With infinity the search could not go on.
const EXACT_DECIBELS: f64 = 200.0;

impl Tuner {
    /// Bits a weight that leave room for everything else in an archive of `bytes`.
    pub(super) fn byte_window(&self, assembler: &Assembler, bytes: u64) -> Result<Window, EngineError> {
        let weights = self.measure.count.max(1) as f64;
        let fixed = assembler.head_len() + self.exact.unwrap_or(0);
        let bits = |bytes: f64| (bytes - fixed as f64) * 8.0 / weights;
        if bytes <= fixed {
            return Err(self.too_small(assembler, bytes));
        }
        Ok(Window {
            low: bits(bytes as f64 * 0.981),
            aim: bits(bytes as f64 * 0.993),
            high: bits(bytes as f64),
        })
    }

    pub(super) fn too_small(&self, assembler: &Assembler, bytes: u64) -> EngineError {
        let fixed = assembler.head_len() + self.exact.unwrap_or(0);
        let weights = self.measure.count as f64;
        let least = if self.smallest.is_finite() {
            self.smallest * weights / 8.0
        } else {
            0.0
        };
        let detail = format!(
            "found {bytes}, but the archive needs more than {}: what stays exact takes {fixed} of them",
            fixed + least as u64
        );
        invalid("recipe.targetBytes", detail)
    }

    /// What the round gives, in the terms of the target.
    pub(super) fn value(&self, assembler: &Assembler) -> f64 {
        match self.target {
            Some(Target::Sqnr(_)) | None => decibels(self.measure.signal, self.measure.noise),
            Some(Target::TensorSqnr(_)) => decibels(1.0, mean_relative_error(&self.losses)),
            Some(Target::Bits(_) | Target::Bytes(_)) => {
                let bytes = match (self.target, self.phase) {
                    // As an archive has them, padded.
                    (Some(Target::Bytes(_)), _) => self.padded(assembler),
                    (_, Phase::Sampling(_)) => self.losses.iter().map(|loss| loss.encoded).sum(),
                    _ => self.bytes(assembler, |lossy| lossy),
                };
                bytes as f64 * 8.0 / self.measure.count.max(1) as f64
            }
        }
    }

    /// What the changed or the other streams cost, by the terms of the report or, for exact ones, of the archive.
    pub(super) fn bytes(&self, assembler: &Assembler, wanted: impl Fn(bool) -> bool) -> u64 {
        let streams = assembler.planned().changed.iter().zip(&self.losses);
        let streams = streams.filter(|(changed, _)| wanted(changed.is_some()));
        streams
            .map(|(changed, of)| match changed {
                Some(_) => cost(of.encoded, of.blocks),
                None => cost(of.encoded, 0),
            })
            .sum()
    }

    /// What the changed streams cost in the archive; its head has the index already.
    fn padded(&self, assembler: &Assembler) -> u64 {
        let streams = assembler.planned().changed.iter().zip(&self.losses);
        let streams = streams.filter(|(changed, _)| changed.is_some());
        streams.map(|(_, of)| cost(of.encoded, 0)).sum()
    }
}

/// The ratio of signal to noise, where the search can go on from it.
fn decibels(signal: f64, noise: f64) -> f64 {
    if noise == 0.0 {
        return EXACT_DECIBELS;
    }
    (libm::log10((signal / noise).max(f64::MIN_POSITIVE)) * 10.0).min(EXACT_DECIBELS)
}

/// What a target allows.
pub(super) fn window(target: Target) -> Window {
    match target {
        Target::Sqnr(decibels) | Target::TensorSqnr(decibels) => Window {
            low: decibels,
            aim: decibels + 0.03,
            high: decibels + 0.08,
        },
        Target::Bits(bits) => Window {
            low: bits * 0.993,
            aim: bits * 0.998,
            high: bits * 1.002,
        },
        // Replaced once the exact streams are known; until then nothing is close enough.
        Target::Bytes(_) => Window {
            low: 0.0,
            aim: 0.0,
            high: 0.0,
        },
    }
}
