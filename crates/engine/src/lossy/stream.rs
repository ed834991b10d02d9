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

/// The difference in all streams together. What was stored exactly counts among the weights, but must not hide what the
/// others lost: a mask of large numbers would.
pub fn together(losses: &[StreamLoss]) -> Measure {
    let mut total = Measure::default();
    for loss in losses {
        total.add(&Measure {
            count: loss.measure.count,
            zeros: loss.measure.zeros,
            ..loss.changed
        });
    }
    total
}

/// Mean over streams of noise to signal, where anything was changed; 0 where nothing was.
pub fn mean_relative_error(losses: &[StreamLoss]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for StreamLoss { changed, .. } in losses {
        if changed.signal > 0.0 {
            sum += changed.noise / changed.signal;
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
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
