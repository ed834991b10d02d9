//! What quantizers to levels that are not evenly spaced have in common.

use super::channels::{by_channel, by_weight, each_run};
use super::settings;
use super::{ScalePer, ScaleType, storage};
use crate::{Grouping, Levels, Outcome, Scaled, Scales, TransformError, Unit, Zeros};
use tensorpress_kernels::{group_ranges, rows};

/// The greatest magnitude of each group of weights in channel order, divided by `most`.
pub(super) fn greatest(sorted: &[f32], grouping: &Grouping, most: f32) -> Vec<f32> {
    let mut scales = vec![0.0; grouping.scales()];
    each_run(grouping, |values, groups| {
        for (values, scale) in sorted[values].chunks(grouping.group).zip(&mut scales[groups]) {
            *scale = group_ranges::range(values).absmax() / most;
        }
    });
    scales
}

/// Quantizes a unit whose scales are the greatest magnitudes divided by `most`: `encode` gives the codes of values that
/// were divided by their scale.
pub(super) fn quantize(
    unit: &mut Unit,
    grouping: Grouping,
    form: ScaleType,
    (levels, most): (Vec<f32>, f32),
    encode: impl Fn(&[f32], &mut [u16]),
) -> Result<(), TransformError> {
    let sorted = by_channel(&unit.weights, &grouping);
    let mut scales = storage::store_scales(&greatest(&sorted, &grouping, most), form)?;
    let reach = tensorpress_kernels::group::Levels {
        low: 0,
        high: most as i32,
    };
    storage::limit_scales(&mut scales, &vec![0.0; grouping.scales()], reach)?;
    let codes = codes(&sorted, &grouping, &scales.values(), encode);
    finish(unit, grouping, levels, scales, codes);
    Ok(())
}

/// Divides the weights of each group by its scale and encodes them.
pub(super) fn codes(
    sorted: &[f32],
    grouping: &Grouping,
    scales: &[f32],
    encode: impl Fn(&[f32], &mut [u16]),
) -> Vec<u16> {
    let mut codes = vec![0; sorted.len()];
    let mut scaled = vec![0.0; grouping.group.min(sorted.len())];
    each_run(grouping, |values, groups| {
        let runs = sorted[values.clone()]
            .chunks(grouping.group)
            .zip(codes[values].chunks_mut(grouping.group));
        for ((values, codes), &scale) in runs.zip(&scales[groups]) {
            let scaled = &mut scaled[..values.len()];
            divide(values, scale, scaled);
            encode(scaled, codes);
        }
    });
    codes
}

/// Values divided by a scale; all 0 for a scale of 0.
pub(super) fn divide(values: &[f32], scale: f32, scaled: &mut [f32]) {
    let divisor = if scale == 0.0 { f32::INFINITY } else { scale };
    rows::divide(values, divisor, scaled);
}

/// Makes codes in channel order the unit's outcome.
pub(super) fn finish(unit: &mut Unit, grouping: Grouping, levels: Vec<f32>, scales: Scales, codes: Vec<u16>) {
    let scaled = Scaled {
        codes: by_weight(codes, &grouping),
        levels: Levels::Table(levels),
        grouping,
        scales,
        zeros: Zeros::None,
    };
    unit.weights = scaled.restore();
    unit.outcome = Outcome::Scaled(scaled);
}

/// Groups of `group` weights along the unit's channels.
pub(super) fn groups(unit: &Unit, axis: Option<usize>, group: usize) -> Grouping {
    settings::grouping(ScalePer::Group, axis, Some(group), &unit.geometry)
}
