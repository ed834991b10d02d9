//! What binarizing and ternarizing have in common: a scale a channel, and codes for −1, 0 and 1 times it.

use crate::{Levels, Outcome, Per, Scaled, Scales, Unit, Zeros};

/// Lets `choose` append codes for the weights of each channel, or of the whole unit, and say their scale; then puts
/// what these stand for in place of the weights.
pub(crate) fn represent(
    unit: &mut Unit,
    per: Per,
    levels: Levels,
    mut choose: impl FnMut(&[f32], &mut Vec<u16>) -> f32,
) {
    let kernel = levels.kernel();
    let geometry = &unit.geometry;
    let per = per.of_matrices(geometry);
    let length = per.length(geometry);
    let mut gathered = per.gather(core::mem::take(&mut unit.weights), geometry);
    let mut codes = Vec::with_capacity(gathered.len());
    let mut scales = Vec::with_capacity(gathered.len().div_ceil(length));
    for part in gathered.chunks_mut(length) {
        let begin = codes.len();
        let scale = choose(part, &mut codes);
        kernel.restore(&codes[begin..], scale, 0.0, part);
        scales.push(scale);
    }
    unit.weights = per.scatter(gathered, geometry);
    unit.outcome = Outcome::Scaled(Scaled {
        codes: per.scatter(codes, geometry),
        levels,
        grouping: per.grouping(geometry),
        scales: Scales::F32(scales),
        zeros: Zeros::None,
    });
}

/// The mean magnitude of the weights that `keep` holds for; 0 if there are none.
pub(crate) fn mean_magnitude(weights: &[f32], keep: impl Fn(f32) -> bool) -> f64 {
    let kept = weights.iter().filter(|&&weight| keep(weight));
    let (sum, count) = kept.fold((0.0, 0u64), |(sum, count), &weight| {
        (sum + f64::from(weight.abs()), count + 1)
    });
    sum / count.max(1) as f64
}
