//! What a stream's blocks lost together.

use super::{Loss, Measure};

/// Reasons that are kept word for word.
const MAX_REASONS: usize = 4;

/// Sums over the blocks of a stream whose weights were to be changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StreamLoss {
    /// The difference between all original and all decoded weights.
    pub measure: Measure,
    /// The same of the blocks alone that were not stored exactly.
    pub changed: Measure,
    /// Blocks.
    pub blocks: u64,
    /// Blocks that were stored exactly.
    pub exact: u64,
    /// Why, each reason once.
    pub reasons: Vec<String>,
    /// Encoded bytes.
    pub encoded: u64,
}

impl StreamLoss {
    /// Adds a block of `encoded` bytes.
    pub fn add(&mut self, loss: &Loss, encoded: u32) {
        self.measure.add(&loss.measure);
        self.blocks += 1;
        self.encoded += u64::from(encoded);
        if loss.exact.is_empty() {
            self.changed.add(&loss.measure);
        } else {
            self.exact += 1;
            if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&loss.exact) {
                self.reasons.push(loss.exact.clone());
            }
        }
    }

    /// Why blocks were stored exactly; empty where none was.
    pub fn note(&self) -> String {
        match (self.exact, self.blocks) {
            (0, _) => String::new(),
            (exact, blocks) if exact == blocks => format!("exact: {}", self.reasons.join("; ")),
            (exact, blocks) => format!("{exact} of {blocks} blocks exact: {}", self.reasons.join("; ")),
        }
    }
}
