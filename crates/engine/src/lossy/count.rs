//! Counts of magnitudes, by which the planner ranks the weights of a whole model: first by the upper 15 bits of their
//! patterns, then, within one of those bins, by the lower 16. The patterns of magnitudes are ordered as they are.

use super::LossyParams;
use crate::EngineError;
use crate::codec::Layout;
use crate::codec::number::Number;
use crate::fault::invalid;
use serde::{Deserialize, Serialize};
use tensorpress_kernels::magnitudes::{BINS, bin_of};
use tensorpress_transforms::{Open, Unit, apply_chain};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Count {
    /// Magnitudes by their upper 15 bits.
    Bins,
    /// Those of one bin by their lower 16 bits.
    Within(u16),
}

/// What was counted, where it occurred, in ascending order.
pub type Counts = Vec<(u16, u32)>;

/// Counts the magnitudes that the step sees which leaves its threshold to the planner. None where the weights are to
/// be stored exactly, because they are not all finite.
pub(crate) fn count(params: &LossyParams, of: Count, layout: Layout, raw: &[u8]) -> Result<Counts, EngineError> {
    let number = Number::of(layout).ok_or_else(|| invalid("params.layout", format!("{layout:?}, expected floats")))?;
    let mut weights = Vec::new();
    number.read(raw, &mut weights);
    let geometry = params.geometry(weights.len())?;
    if !weights.iter().all(|weight| weight.is_finite()) {
        return Ok(Counts::new());
    }
    let mut unit = Unit::new(weights, geometry);
    unit.context = params.context();
    let before = params
        .chain
        .iter()
        .position(|step| matches!(step.open(), Open::Threshold { .. }));
    if apply_chain(&params.chain[..before.unwrap_or(0)], &mut unit).is_err() {
        return Ok(Counts::new());
    }
    let mut counts = vec![0u32; BINS.max(1 << 16)];
    match of {
        Count::Bins => unit.weights.iter().for_each(|&weight| counts[bin_of(weight)] += 1),
        Count::Within(bin) => {
            let inside = unit
                .weights
                .iter()
                .filter(|&&weight| bin_of(weight) == usize::from(bin));
            inside.for_each(|weight| counts[(weight.to_bits() & 0xffff) as usize] += 1);
        }
    }
    let occurring = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    Ok(occurring.map(|(index, &count)| (index as u16, count)).collect())
}
