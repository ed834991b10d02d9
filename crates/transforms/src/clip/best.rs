//! The range that suits the quantizer behind it, by trying.

use super::limits::{Limits, clamp};
use crate::error::parameter;
use crate::{Outcome, Per, Step, TransformError, Unit};
use tensorpress_kernels::error_measures::error_measures;

/// First all of 100% to 5% in such steps, then those of 1% around the best.
const COARSE: i32 = 5;

/// Finds limits for each `length` of the weights, which the unit lacks for the time being.
///
/// All parts are tried with the same share of their ranges at the same time and each keeps the share that suits it,
/// which is right where the quantizer treats them apart, and where there is one part. Larger ranges win ties.
pub(super) fn limits(
    unit: &Unit,
    per: Per,
    weights: &[f32],
    length: usize,
    rest: &[Step],
) -> Result<Vec<Limits>, TransformError> {
    let full: Vec<Limits> = weights.chunks(length).map(Limits::full).collect();
    // (error, percent); an error is never above the first one.
    let mut best = vec![(f64::INFINITY, 100); full.len()];
    let attempt = |percents: &[i32]| {
        let shrunk = full.iter().zip(percents);
        let limits: Vec<_> = shrunk
            .map(|(full, &percent)| full.share(percent as f32 / 100.0))
            .collect();
        errors(unit, per, weights, length, &limits, rest)
    };
    for percent in (1..=100 / COARSE).rev().map(|step| step * COARSE) {
        let percents = vec![percent; full.len()];
        keep_better(&mut best, &attempt(&percents)?, &percents);
    }
    let around: Vec<i32> = best.iter().map(|&(_, percent)| percent).collect();
    for offset in (1 - COARSE..COARSE).rev().filter(|&offset| offset != 0) {
        let percents: Vec<i32> = around.iter().map(|percent| (percent + offset).min(100)).collect();
        keep_better(&mut best, &attempt(&percents)?, &percents);
    }
    let shrunk = full.iter().zip(&best);
    Ok(shrunk
        .map(|(full, &(_, percent))| full.share(percent as f32 / 100.0))
        .collect())
}

fn keep_better(best: &mut [(f64, i32)], errors: &[f64], percents: &[i32]) {
    for ((best, &error), &percent) in best.iter_mut().zip(errors).zip(percents) {
        if error < best.0 || (error == best.0 && percent > best.1) {
            *best = (error, percent);
        }
    }
}

/// Squared errors of the parts behind the first step that represents the weights in a new way.
fn errors(
    unit: &Unit,
    per: Per,
    weights: &[f32],
    length: usize,
    limits: &[Limits],
    rest: &[Step],
) -> Result<Vec<f64>, TransformError> {
    let mut clipped = weights.to_vec();
    clamp(&mut clipped, limits, length, unit.pruned);
    let mut trial = unit.clone();
    trial.weights = per.scatter(clipped, &unit.geometry);
    let mut steps = rest.iter();
    while trial.outcome == Outcome::Values {
        let Some(step) = steps.next() else {
            return Err(parameter("clip.best", "no step that quantizes follows, expected one"));
        };
        step.apply(&mut trial)?;
        // What has no weights is never represented in another way.
        if trial.weights.is_empty() {
            return Ok(Vec::new());
        }
    }
    let restored = per.gather(trial.weights, &unit.geometry);
    let parts = restored.chunks(length).zip(weights.chunks(length));
    Ok(parts
        .map(|(restored, original)| error_measures(original, restored).squared)
        .collect())
}
