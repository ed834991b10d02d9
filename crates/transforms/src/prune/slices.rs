//! Prunes whole rows, columns or channels. They keep their place here, as zeros; to remove them is a matter of the
//! whole model.

use super::weights::chosen;
use super::{By, Norm, Of, Prune, count};
use crate::{TransformError, Unit, random};
use tensorpress_kernels::sort::{key_of, least};

pub(super) fn apply(prune: &Prune, unit: &mut Unit) -> Result<(), TransformError> {
    let shape = &unit.geometry.shape;
    let axis = match prune.of {
        Of::Columns => shape.len().saturating_sub(1),
        Of::Channels => unit.geometry.axis,
        Of::Rows | Of::Weights => 0,
    };
    // A scalar is a slice, too.
    let slices = shape.get(axis).copied().unwrap_or(1);
    let inner: usize = shape.iter().skip(axis + 1).product();
    if unit.weights.is_empty() {
        return Ok(());
    }
    // Units of a tensor are cut along the first axis.
    let first = if axis == 0 {
        unit.context.first / inner as u64
    } else {
        0
    };
    let mut going = vec![false; slices];
    if let Some(positions) = &prune.positions {
        // Where the first axis stands for several of the tensor, a slice of the tensor is several here.
        let parts: usize = unit.geometry.leading.iter().filter(|_| axis == 0).product();
        for &position in positions {
            let begin = position.saturating_mul(parts as u64);
            let ends = [begin, begin.saturating_add(parts as u64)];
            let [from, to] = ends.map(|end| end.saturating_sub(first).min(slices as u64) as usize);
            going[from..to].fill(true);
        }
    } else if let Some(threshold) = prune.threshold {
        let norms = norms(&unit.weights, slices, inner, prune.norm);
        for (going, norm) in going.iter_mut().zip(norms) {
            *going = norm < f64::from(threshold);
        }
    } else if let Some(sparsity) = prune.sparsity {
        let number = count(sparsity, slices);
        for index in match prune.by {
            By::Random => chosen(slices, number, random::seed(prune.seed, unit.context.salt), first),
            By::Magnitude => {
                let norms = norms(&unit.weights, slices, inner, prune.norm);
                // The first ones among equals go.
                let keys: Vec<u64> = norms.into_iter().map(key_of).collect();
                least(&keys, number)
            }
        } {
            going[index as usize] = true;
        }
    }
    for (run, going) in unit.weights.chunks_exact_mut(inner).zip(going.iter().cycle()) {
        if *going {
            run.fill(0.0);
        }
    }
    Ok(())
}

/// The norm of each slice, added in the order of the weights.
fn norms(weights: &[f32], slices: usize, inner: usize, norm: Norm) -> Vec<f64> {
    let mut sums = vec![0.0; slices];
    for (index, run) in weights.chunks_exact(inner).enumerate() {
        let sum = &mut sums[index % slices];
        for &weight in run {
            let weight = f64::from(weight);
            *sum += match norm {
                Norm::L1 => weight.abs(),
                Norm::L2 => weight * weight,
            };
        }
    }
    if norm == Norm::L2 {
        for sum in &mut sums {
            *sum = f64::sqrt(*sum);
        }
    }
    sums
}
