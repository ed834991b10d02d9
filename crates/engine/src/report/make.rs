//! Makes the report of what the planner chose and the jobs found out.

use super::{FileReport, Quality, Report, StreamReport, TensorReport};
use crate::codec::Kind;
use crate::lossy::{Measure, StreamLoss, mean_relative_error, together};
use crate::plan::Planned;
use tensorpress_formats::ordered::Map;

/// What a stream costs: its entry, padding included, and its blocks' places in the index.
pub(crate) fn cost(encoded: u64, blocks: u64) -> u64 {
    encoded.next_multiple_of(crate::header::ALIGN) + blocks * crate::manifest::BLOCK_BYTES
}

/// One line a tensor, and all changed ones together.
fn tensors(planned: &Planned, losses: &[StreamLoss]) -> (Vec<TensorReport>, Option<Quality>) {
    let plan = &planned.plan;
    let (mut raw, mut encoded) = (0, 0);
    for (stream, loss) in plan.streams.iter().zip(losses).filter(|(_, loss)| loss.blocks > 0) {
        raw += stream.len;
        encoded += cost(loss.encoded, loss.blocks);
    }
    let lines = plan.tensors.iter().zip(&planned.choices).map(|(tensor, choice)| {
        let loss = tensor
            .stream
            .and_then(|stream| losses.get(stream))
            .filter(|_| choice.is_lossy());
        TensorReport {
            name: tensor.name.clone(),
            file: plan.files[tensor.file].path.clone(),
            dtype: tensor.dtype,
            shape: tensor.shape.clone(),
            rule: choice.reason.clone(),
            chain: choice.chain.iter().map(|step| step.name().to_owned()).collect(),
            note: loss.map_or_else(String::new, StreamLoss::note),
            quality: loss.zip(tensor.stream).map(|(loss, stream)| {
                Quality::new(&loss.measure, plan.streams[stream].len, cost(loss.encoded, loss.blocks))
            }),
        }
    });
    let lines = lines.collect();
    let quality = (raw > 0).then(|| {
        let error = mean_relative_error(losses);
        Quality {
            tensor_sqnr: (error > 0.0).then(|| libm::log10(error.min(f64::MAX)) * -10.0),
            ..Quality::new(&together(losses), raw, encoded)
        }
    });
    (lines, quality)
}

impl Report {
    /// `first[s] … first[s + 1]` are the blocks of stream `s`, whose kinds `kinds` lists.
    pub(crate) fn new(
        planned: &Planned,
        encoded: &[u64],
        first: &[usize],
        kinds: &[u8],
        losses: &[StreamLoss],
        archive: u64,
    ) -> Self {
        let plan = &planned.plan;
        let mut tensor_of = vec![None; plan.streams.len()];
        for (index, tensor) in plan.tensors.iter().enumerate() {
            if let Some(stream) = tensor.stream {
                // Of several tensors in one stream none is named.
                let whole = tensor.range.is_none();
                tensor_of[stream] = tensor_of[stream].or(whole.then_some(index));
            }
        }
        let streams = plan
            .streams
            .iter()
            .zip(tensor_of)
            .enumerate()
            .map(|(index, (stream, tensor))| {
                let tensor = tensor.map(|t: usize| &plan.tensors[t]);
                let mut count = Map::default();
                let range = first.get(index).copied().unwrap_or(0)..first.get(index + 1).copied().unwrap_or(0);
                for kind in kinds.get(range).unwrap_or(&[]) {
                    *count.entry(Kind::from_byte(*kind).map_or("unknown", Kind::name), 0) += 1;
                }
                StreamReport {
                    name: stream.name.clone(),
                    dtype: tensor.map(|t| t.dtype),
                    shape: tensor.map_or_else(Vec::new, |t| t.shape.clone()),
                    layout: stream.layout,
                    raw: stream.len,
                    encoded: encoded.get(index).copied().unwrap_or(0),
                    kinds: count,
                }
            });
        let raw = crate::validate::total_len(plan);
        let (tensors, quality) = tensors(planned, losses);
        Report {
            files: plan
                .files
                .iter()
                .map(|file| FileReport {
                    path: file.path.clone(),
                    format: file.format.clone(),
                    len: file.len,
                    note: file.note.clone(),
                })
                .collect(),
            streams: streams.collect(),
            tensors,
            quality,
            raw,
            encoded: archive,
            ratio: if archive == 0 { 0.0 } else { raw as f64 / archive as f64 },
        }
    }
}

impl Quality {
    /// From what the blocks of some streams say.
    fn new(measure: &Measure, raw: u64, encoded: u64) -> Self {
        Quality {
            weights: measure.count,
            raw,
            encoded,
            bits_per_weight: encoded as f64 * 8.0 / measure.count.max(1) as f64,
            sqnr: measure.sqnr(),
            tensor_sqnr: None,
            max_error: measure.max_error,
            mean_error: measure.mean_error(),
            cosine: measure.cosine(),
            sparsity: measure.sparsity(),
        }
    }
}
