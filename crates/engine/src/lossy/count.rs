//! What the planner asks about the weights of a whole model before anything is encoded: counts of magnitudes, by which it
//! ranks them, and the answers of a step that is settled for several tensors together.
//!
//! Bit patterns of magnitudes have the order of the magnitudes. So they are counted first by their upper 15 bits, then,
//! within one of those bins, by the lower 16.

use super::{Loss, LossyParams, Measure};
use crate::EngineError;
use crate::codec::Layout;
use crate::codec::number::{Number, not_finite};
use crate::fault::invalid;
use tensorpress_json::{FromJson, Json, Problem, ToJson, form, name_index, write_form, write_name};
use tensorpress_kernels::magnitudes::{BINS, bin_of};
use tensorpress_transforms::{Open, Tally, Unit, apply_chain, survey_chain};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Magnitudes by their upper 15 bits.
    Bins,
    /// Those of one bin by their lower 16 bits.
    Within(u16),
    /// What the step tells of the unit that is settled for all tensors of a rule together.
    Survey,
}

const NAMES: [&str; 3] = ["bins", "survey", "within"];

impl FromJson for Count {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        if let Json::Object(_) = json {
            let (_, value) = form(json, &NAMES[2..])?;
            let bin = u16::from_json(value).map_err(|problem| problem.in_member(NAMES[2]))?;
            return Ok(Count::Within(bin));
        }
        Ok(match name_index(json, &NAMES[..2])? {
            0 => Count::Bins,
            _ => Count::Survey,
        })
    }
}

impl ToJson for Count {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Count::Bins => write_name(NAMES[0], out),
            Count::Survey => write_name(NAMES[1], out),
            Count::Within(bin) => write_form(NAMES[2], |out| bin.write(out), out),
        }
    }
}

/// What was counted, where it occurred, in ascending order.
pub type Counts = Tally;

/// Counts the magnitudes that the step sees which leaves its threshold to the planner, or asks the step that is settled
/// for several tensors; the weights that this concerns are counted, too. Nothing where they are to be stored exactly,
/// because they are not all finite.
pub(crate) fn count(params: &LossyParams, of: Count, layout: Layout, raw: &[u8]) -> Result<Loss, EngineError> {
    let number = Number::of(layout).ok_or_else(|| invalid("params.layout", format!("{layout:?}, expected floats")))?;
    let mut weights = Vec::new();
    number.read(raw, &mut weights);
    let geometry = params.geometry(weights.len())?;
    if not_finite(&weights).is_some() {
        return Ok(Loss::default());
    }
    let mut unit = Unit::new(weights, geometry);
    unit.context = params.context();
    if of == Count::Survey {
        let tally = survey_chain(&params.chain, &mut unit);
        let count = tally.as_ref().map_or(0, |_| unit.weights.len() as u64);
        return Ok(Loss {
            measure: Measure {
                count,
                ..Measure::default()
            },
            counts: tally.unwrap_or_default(),
            ..Loss::default()
        });
    }
    let before = params
        .chain
        .iter()
        .position(|step| matches!(step.open(), Open::Threshold { .. }));
    if apply_chain(&params.chain[..before.unwrap_or(0)], &mut unit).is_err() {
        return Ok(Loss::default());
    }
    let mut counts = vec![0u32; BINS.max(1 << 16)];
    match of {
        Count::Survey => {}
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
    Ok(Loss {
        counts: occurring.map(|(index, &count)| (index as u32, count)).collect(),
        ..Loss::default()
    })
}
