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

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(signal: f64, noise: f64, exact: &str) -> Loss {
        Loss {
            measure: Measure {
                count: 10,
                zeros: 1,
                signal,
                noise,
                ..Measure::default()
            },
            exact: exact.to_owned(),
            ..Loss::default()
        }
    }

    fn stream(blocks: &[Loss]) -> StreamLoss {
        let mut sum = StreamLoss::default();
        for block in blocks {
            sum.add(block, 100);
        }
        sum
    }

    #[test]
    fn exact_blocks_count_among_the_weights_alone() {
        let some = stream(&[loss(8.0, 2.0, ""), loss(100.0, 0.0, "why"), loss(4.0, 1.0, "")]);
        assert_eq!((some.blocks, some.exact, some.encoded), (3, 1, 300));
        assert_eq!((some.measure.signal, some.changed.signal), (112.0, 12.0));
        let other = stream(&[loss(0.5, 0.05, "")]);
        let exact = stream(&[loss(1000.0, 0.0, "why")]);
        let all = [some, other, exact];
        let sum = together(&all);
        assert_eq!((sum.count, sum.zeros, sum.signal, sum.noise), (50, 5, 12.5, 3.05));
        // A quarter of the first, a tenth of the second.
        assert!((mean_relative_error(&all) - 0.175).abs() < 1e-12);
        assert_eq!(mean_relative_error(&all[2..]), 0.0);
        assert_eq!(mean_relative_error(&[]), 0.0);
    }

    #[test]
    fn notes_give_each_reason_once_and_not_too_many() {
        let note = |reasons: &[&str]| {
            let blocks: Vec<Loss> = reasons.iter().map(|reason| loss(1.0, 0.0, reason)).collect();
            stream(&blocks).note()
        };
        assert_eq!(note(&["", ""]), "");
        assert_eq!(note(&["a", "b", "a"]), "exact: a; b");
        assert_eq!(note(&["a", "", "b"]), "2 of 3 blocks exact: a; b");
        assert_eq!(note(&["a", "b", "c", "d", "e", "f"]), "exact: a; b; c; d");
    }
}
