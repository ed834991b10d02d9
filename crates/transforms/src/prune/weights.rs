//! Prunes single weights.

use super::{By, Prune, count};
use crate::error::parameter;
use crate::{TransformError, Unit, random};

pub(super) fn apply(prune: &Prune, unit: &mut Unit) -> Result<(), TransformError> {
    let weights = &mut unit.weights;
    if let Some(positions) = &prune.positions {
        return mask(weights, positions, unit.context.first);
    }
    if let Some(threshold) = prune.threshold {
        below(weights, threshold);
    } else if prune.global {
        let Some(threshold) = unit.context.threshold else {
            return Err(parameter(
                "prune.global",
                "no threshold of the whole model, expected the planner's",
            ));
        };
        below(weights, threshold);
    } else if let Some(sparsity) = prune.sparsity {
        let going = count(sparsity, weights.len());
        match prune.by {
            By::Magnitude => smallest(weights, going),
            By::Random => {
                let seed = random::seed(prune.seed, unit.context.salt);
                for index in chosen(weights.len(), going, seed, unit.context.first) {
                    weights[index] = 0.0;
                }
            }
        }
    }
    Ok(())
}

/// Zeroes what is smaller than `threshold`.
fn below(weights: &mut [f32], threshold: f32) {
    for weight in weights {
        if weight.abs() < threshold {
            *weight = 0.0;
        }
    }
}

/// Zeroes the `going` smallest magnitudes, the first ones among equals.
fn smallest(weights: &mut [f32], going: usize) {
    if going == 0 {
        return;
    }
    // Bits of magnitudes are in the order of the magnitudes.
    let mut magnitudes: Vec<u32> = weights.iter().map(|weight| weight.abs().to_bits()).collect();
    let (smaller, &mut largest, _) = magnitudes.select_nth_unstable(going - 1);
    let mut equals = going - smaller.iter().filter(|&&magnitude| magnitude < largest).count();
    for weight in weights {
        let magnitude = weight.abs().to_bits();
        if magnitude < largest || (magnitude == largest && equals > 0) {
            equals -= usize::from(magnitude == largest);
            *weight = 0.0;
        }
    }
}

/// Which `going` of `length` go: those with the least random numbers. `first` is the number of the first one in its
/// tensor.
pub(super) fn chosen(length: usize, going: usize, seed: u64, first: u64) -> Vec<usize> {
    if going == 0 {
        return Vec::new();
    }
    let mut ranked: Vec<(u64, usize)> = (0..length)
        .map(|i| (random::at(seed, first.wrapping_add(i as u64)), i))
        .collect();
    ranked.select_nth_unstable(going - 1);
    ranked.truncate(going);
    ranked.into_iter().map(|(_, index)| index).collect()
}

/// Zeroes the weights whose numbers in the tensor are given; those of other units are none of this one's business.
fn mask(weights: &mut [f32], positions: &[u64], first: u64) -> Result<(), TransformError> {
    for &position in positions {
        let index = position
            .checked_sub(first)
            .and_then(|index| usize::try_from(index).ok());
        if let Some(weight) = index.and_then(|index| weights.get_mut(index)) {
            *weight = 0.0;
        }
    }
    Ok(())
}
