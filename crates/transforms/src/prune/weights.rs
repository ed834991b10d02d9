//! Prunes single weights.

use super::{By, Prune, count};
use crate::error::parameter;
use crate::{TransformError, Unit, random};
use tensorpress_kernels::magnitudes::kth_magnitude;
use tensorpress_kernels::sort::least;
use tensorpress_kernels::threshold::{count_below, zero_below};

pub(super) fn apply(prune: &Prune, unit: &mut Unit) -> Result<(), TransformError> {
    let weights = &mut unit.weights;
    if let Some(positions) = &prune.positions {
        return mask(weights, positions, unit.context.first);
    }
    if let Some(threshold) = prune.threshold {
        zero_below(weights, threshold);
    } else if prune.global {
        let Some(threshold) = unit.context.threshold else {
            return Err(parameter(
                "prune.global",
                "no threshold of the whole model, expected the planner's",
            ));
        };
        zero_below(weights, threshold);
    } else if let Some(sparsity) = prune.sparsity {
        let going = count(sparsity, weights.len());
        match prune.by {
            By::Magnitude => smallest(weights, going),
            By::Random => {
                let seed = random::seed(prune.seed, unit.context.salt);
                for index in chosen(weights.len(), going, seed, unit.context.first) {
                    weights[index as usize] = 0.0;
                }
            }
        }
    }
    Ok(())
}

/// Zeroes the `going` smallest magnitudes, the first ones among equals.
fn smallest(weights: &mut [f32], going: usize) {
    if going == 0 {
        return;
    }
    let Some(largest) = kth_magnitude(weights, going as u64 - 1) else {
        return;
    };
    let mut equals = going - count_below(weights, largest) as usize;
    for weight in weights.iter_mut().filter(|weight| weight.abs() == largest) {
        if equals == 0 {
            break;
        }
        equals -= 1;
        *weight = 0.0;
    }
    zero_below(weights, largest);
}

/// Which `going` of `length` go: those with the least random numbers. `first` is the number of the first one in its
/// tensor.
pub(super) fn chosen(length: usize, going: usize, seed: u64, first: u64) -> Vec<u32> {
    let numbers: Vec<u64> = (0..length)
        .map(|i| random::at(seed, first.wrapping_add(i as u64)))
        .collect();
    least(&numbers, going)
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
