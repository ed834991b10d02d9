//! The jobs of a tuner's rounds. Most are dry: only their metas are wanted.

use crate::assemble::{Assembler, EncodeJob, Knobs};
use crate::duplicates;
use crate::job::EncodeParams;
use crate::lossy::Count;
use std::rc::Rc;
use tensorpress_transforms::{Open, Step};

/// About the number of weights in all samples of a model together.
const SAMPLED: u64 = 4 << 20;
/// Least weights of a unit's sample: below, tables would cost more than they do in the whole unit.
const LEAST: u64 = 16_384;

/// Jobs that count what is to be known of all weights whose chains want it.
pub(super) fn counting_jobs(assembler: &Assembler, of: Count, knobs: &Knobs) -> Vec<EncodeJob> {
    let wants = |step: &Step| match of {
        Count::Survey => step.open() == Open::Together,
        Count::Bins | Count::Within(_) => matches!(step.open(), Open::Threshold { .. }),
    };
    let mut jobs = all_jobs(assembler, knobs, false);
    for job in &mut jobs {
        if let Some(lossy) = &mut job.params.lossy {
            lossy.count = Some(of);
        }
    }
    jobs.retain(|job| {
        job.params
            .lossy
            .as_ref()
            .is_some_and(|lossy| lossy.chain.iter().any(wants))
    });
    for (id, job) in jobs.iter_mut().enumerate() {
        job.id = id;
    }
    jobs
}

/// A sample of every unit whose weights are to be changed, whole slices in its middle, or everything of it. Without knobs
/// they are only measured.
pub(super) fn jobs(assembler: &Assembler, knobs: Option<&Knobs>, everything: bool) -> Vec<EncodeJob> {
    let planned = assembler.planned();
    let none = Knobs::default();
    let lossy = |stream: usize| planned.changed[stream].and_then(|tensor| planned.choices.get(tensor));
    let streams = planned.plan.streams.iter().enumerate();
    let total: u64 = streams
        .clone()
        .filter(|(index, _)| lossy(*index).is_some())
        .map(|(_, of)| of.len / of.layout.width() as u64)
        .sum();
    let mut jobs = Vec::new();
    for (stream, of) in streams {
        let Some(choice) = lossy(stream) else {
            continue;
        };
        let width = of.layout.width() as u64;
        for first_block in 0..of.blocks() {
            let start = first_block * u64::from(of.block);
            let weights = u64::from(of.block).min(of.len - start) / width;
            let wanted = (u128::from(weights) * u128::from(SAMPLED) / u128::from(total.max(1))) as u64;
            let grain = choice.slices.grain();
            let least = if everything { weights } else { LEAST };
            let wanted = wanted.max(least).next_multiple_of(grain).min(weights);
            // Whole slices before it, too.
            let skipped = (weights - wanted) / 2 / grain * grain;
            let (at, len) = (start + skipped * width, wanted * width);
            let mut lossy = planned.lossy_params(stream, at, len, knobs.unwrap_or(&none));
            if let (Some(lossy), None) = (&mut lossy, knobs) {
                lossy.chain = Rc::default();
            }
            jobs.push(EncodeJob {
                id: jobs.len(),
                stream,
                first_block,
                blocks: 1,
                raw_len: len,
                spans: duplicates::cut(&planned.sources[stream], at, len),
                params: EncodeParams {
                    layout: of.layout,
                    block: len as u32,
                    effort: planned.options.effort,
                    lossy: lossy.map(Box::new),
                    dry: true,
                },
            });
        }
    }
    jobs
}

/// The jobs of the archive as they will be. With those of exact streams, where they are wanted, the results are wanted, too:
/// if they keep within the budget, nothing has to be encoded once more.
pub(super) fn all_jobs(assembler: &Assembler, knobs: &Knobs, exact: bool) -> Vec<EncodeJob> {
    let mut jobs = assembler.jobs_with(knobs);
    jobs.retain(|job| exact || job.params.lossy.is_some());
    for (id, job) in jobs.iter_mut().enumerate() {
        job.id = id;
        job.params.dry = !exact;
    }
    jobs
}
