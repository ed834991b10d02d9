//! One block of weights that may be changed.

use super::{Counts, LossyParams, Measure, count};
use crate::EngineError;
use crate::codec::Layout;
use crate::codec::number::{self, Number};
use crate::codec::outcome::Encoder;
use crate::fault::invalid;
use tensorpress_json::shown;
use tensorpress_transforms::{Fault, Open, Unit, apply_chain};

/// How often less is allowed to a step so that the largest error is kept.
const MAX_FINER: usize = 6;
/// Tighter than the error that was found, so that the next try most likely keeps it.
const MARGIN: f64 = 0.98;

/// What became of a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loss {
    /// The difference between the original and what the block decodes to.
    pub measure: Measure,
    /// Why the block was stored exactly; empty where it was not.
    pub exact: String,
    /// What was counted, where counting was all that was asked for.
    pub counts: Counts,
}

impl Loss {
    /// The loss that was measured.
    fn of(measure: Measure) -> Self {
        Loss {
            measure,
            ..Loss::default()
        }
    }
}

/// Appends the block that `raw` becomes; the encoder then holds what it decodes to, unless nothing was appended.
pub(crate) fn encode(
    params: &LossyParams,
    layout: Layout,
    raw: &[u8],
    out: &mut Vec<u8>,
    encoder: &mut Encoder<'_>,
) -> Result<Loss, EngineError> {
    if let Some(of) = params.count {
        return count::count(params, of, layout, raw);
    }
    if params.chain.is_empty() {
        // Only the size of the weights is asked for.
        return Ok(Loss::of(unchanged(layout, raw)));
    }
    let start = out.len();
    let mut lossy = Vec::new();
    let outcome = approximate(params, layout, raw, &mut lossy, encoder)?;
    encoder.encode_exact(layout, raw, out);
    let exact = match outcome {
        Ok(measure) if lossy.len() < out.len() - start => {
            out.truncate(start);
            out.extend_from_slice(&lossy);
            return Ok(Loss::of(measure));
        }
        Ok(_) => "the approximation would not be smaller".to_owned(),
        Err(why) => why,
    };
    encoder.set_decoded(raw);
    Ok(Loss {
        exact,
        ..Loss::of(unchanged(layout, raw))
    })
}

/// What is measured where the weights stay as they are.
fn unchanged(layout: Layout, raw: &[u8]) -> Measure {
    Number::of(layout).map_or_else(Measure::default, |number| Measure::between(number, raw, raw))
}

/// Encodes what the chain makes of the weights into `lossy` and decodes it again: what comes back is what counts.
/// Gives the reason where they are to be stored exactly.
fn approximate(
    params: &LossyParams,
    layout: Layout,
    raw: &[u8],
    lossy: &mut Vec<u8>,
    encoder: &mut Encoder<'_>,
) -> Result<Result<Measure, String>, EngineError> {
    let Some(number) = Number::of(layout) else {
        return Err(invalid("params.layout", format!("{layout:?}, expected floats")));
    };
    if !raw.len().is_multiple_of(number.width()) {
        return Err(invalid("input", format!("{} bytes of {layout:?}", raw.len())));
    }
    let mut weights = Vec::with_capacity(raw.len() / number.width());
    number.read(raw, &mut weights);
    let geometry = params.geometry(weights.len())?;
    if let Some(odd) = number::not_finite(&weights) {
        return Ok(Err(format!("it holds {}", shown(odd))));
    }
    let mut context = params.context();
    for attempt in 0.. {
        let mut unit = Unit::new(weights.clone(), geometry.clone());
        unit.context = context;
        match apply_chain(&params.chain, &mut unit) {
            Ok(()) => {}
            Err(error) => match error.fault() {
                Fault::Unsuitable { detail } => return Ok(Err(detail.clone())),
                Fault::Parameter { .. } => return Err(invalid("recipe", error.to_string())),
            },
        }
        lossy.clear();
        let measured = encoder.encode(&unit, number, raw, lossy)?;
        let Some(measure) = measured else {
            return Ok(Err("its representation does not fit a block".to_owned()));
        };
        if !measure.noise.is_finite() {
            return Ok(Err(format!("its approximation is beyond the range of {layout:?}")));
        }
        let Some(most) = params.max_error.filter(|most| measure.max_error > *most) else {
            return Ok(Ok(measure));
        };
        // Only a step that the planner chose may be chosen again.
        let open = params.chain.iter().any(|step| matches!(step.open(), Open::Step { .. }));
        if !open || attempt == MAX_FINER || most == 0.0 {
            return Ok(Err(format!(
                "the largest error would be {}, at most {} is allowed",
                shown(measure.max_error),
                shown(most)
            )));
        }
        // Rounding to the tensor's own type has added to it: less is left for the step.
        let tighter = most / measure.max_error * MARGIN;
        context.max_error = context.max_error.map(|most| (f64::from(most) * tighter) as f32);
    }
    unreachable!("the loop ends by returning")
}
