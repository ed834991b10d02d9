//! What compression did, for people and for programs.

use crate::codec::{Kind, Layout};
use crate::lossy::{Measure, StreamLoss};
use crate::plan::Planned;
use serde::Serialize;
use tensorpress_formats::Dtype;
use tensorpress_formats::ordered::Map;
use tensorpress_json::{ToJson, Unusual, write_members};

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Report {
    /// One line a file.
    pub files: Vec<FileReport>,
    /// One line a stream.
    pub streams: Vec<StreamReport>,
    /// One line a tensor, where there is a recipe.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<TensorReport>>", optional))]
    pub tensors: Vec<TensorReport>,
    /// All tensors together whose weights were to be changed; what was stored exactly does not count in its ratio and
    /// cosine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub quality: Option<Quality>,
    /// Bytes of all files.
    pub raw: u64,
    /// Bytes of the archive as written, head and padding included.
    pub encoded: u64,
    /// `raw / encoded`.
    pub ratio: f64,
}

/// One original file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FileReport {
    /// Its path.
    pub path: String,
    /// Its format; absent where no reader mapped it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// Its length.
    pub len: u64,
    /// Why it was not mapped, and other things worth knowing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// One stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct StreamReport {
    /// The name of its entry.
    pub name: String,
    /// Element type of its tensor; none for the skeleton and for streams of several tensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<Dtype>,
    /// Shape of its tensor.
    pub shape: Vec<u64>,
    /// How the codec reads its elements.
    pub layout: Layout,
    /// Decoded bytes.
    pub raw: u64,
    /// Encoded bytes, without padding.
    pub encoded: u64,
    /// Number of blocks of each kind.
    #[cfg_attr(feature = "typescript", ts(as = "std::collections::BTreeMap<&'static str, u64>"))]
    pub kinds: Map<&'static str, u64>,
}

/// What the recipe did to one tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct TensorReport {
    /// Its name.
    pub name: String,
    /// Path of the file that declares it.
    pub file: String,
    /// Element type.
    pub dtype: Dtype,
    /// Shape.
    pub shape: Vec<u64>,
    /// The rule that matched, or why the tensor stays exact.
    pub rule: String,
    /// The names of the steps, in order; none where it is exact.
    pub chain: Vec<String>,
    /// Why the tensor, or some of its blocks, stayed exact although there are steps.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub note: String,
    /// How good it is; absent where there are no steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
}

/// What approximated weights cost, and how far they are from the original ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Quality {
    /// Number of weights.
    pub weights: u64,
    /// Bytes of the original weights.
    pub raw: u64,
    /// Bytes of their entries in the archive and of the index of their blocks.
    pub encoded: u64,
    /// `encoded` as bits a weight.
    pub bits_per_weight: f64,
    /// Signal-to-noise ratio in decibels; absent where nothing differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqnr: Option<f64>,
    /// Largest error.
    pub max_error: f64,
    /// Mean error.
    pub mean_error: f64,
    /// Cosine of the angle between the original weights and what is restored.
    pub cosine: f64,
    /// Share of the restored weights that are 0.
    pub sparsity: f64,
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
            max_error: measure.max_error,
            mean_error: measure.mean_error(),
            cosine: measure.cosine(),
            sparsity: measure.sparsity(),
        }
    }
}

impl ToJson for Report {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("files", &self.files),
            ("streams", &self.streams),
            ("tensors", &Unusual(&self.tensors)),
            ("quality", &Unusual(&self.quality)),
            ("raw", &self.raw),
            ("encoded", &self.encoded),
            ("ratio", &self.ratio),
        ];
        write_members(members, out);
    }
}

impl ToJson for FileReport {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("path", &self.path),
            ("format", &Unusual(&self.format)),
            ("len", &self.len),
            ("note", &Unusual(&self.note)),
        ];
        write_members(members, out);
    }
}

impl ToJson for StreamReport {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("name", &self.name),
            ("dtype", &Unusual(&self.dtype)),
            ("shape", &self.shape),
            ("layout", &self.layout),
            ("raw", &self.raw),
            ("encoded", &self.encoded),
            ("kinds", &self.kinds),
        ];
        write_members(members, out);
    }
}

impl ToJson for TensorReport {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("name", &self.name),
            ("file", &self.file),
            ("dtype", &self.dtype),
            ("shape", &self.shape),
            ("rule", &self.rule),
            ("chain", &self.chain),
            ("note", &Unusual(&self.note)),
            ("quality", &Unusual(&self.quality)),
        ];
        write_members(members, out);
    }
}

impl ToJson for Quality {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("weights", &self.weights),
            ("raw", &self.raw),
            ("encoded", &self.encoded),
            ("bitsPerWeight", &self.bits_per_weight),
            ("sqnr", &Unusual(&self.sqnr)),
            ("maxError", &self.max_error),
            ("meanError", &self.mean_error),
            ("cosine", &self.cosine),
            ("sparsity", &self.sparsity),
        ];
        write_members(members, out);
    }
}

/// What a stream costs: its entry, padding included, and its blocks' places in the index.
pub(crate) fn cost(encoded: u64, blocks: u64) -> u64 {
    encoded.next_multiple_of(crate::header::ALIGN) + blocks * crate::manifest::BLOCK_BYTES
}

/// One line a tensor, and all changed ones together.
fn tensors(planned: &Planned, losses: &[StreamLoss]) -> (Vec<TensorReport>, Option<Quality>) {
    let plan = &planned.plan;
    let mut total = StreamLoss::default();
    let (mut raw, mut encoded) = (0, 0);
    for (stream, loss) in plan.streams.iter().zip(losses).filter(|(_, loss)| loss.blocks > 0) {
        // What was stored exactly counts among the weights, but must not hide what the others lost.
        total.measure.add(&Measure {
            count: loss.measure.count,
            zeros: loss.measure.zeros,
            ..loss.changed
        });
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
    (lines, (raw > 0).then(|| Quality::new(&total.measure, raw, encoded)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_serde_writes() {
        let quality = Quality {
            weights: 5,
            raw: 20,
            encoded: 7,
            bits_per_weight: 11.2,
            sqnr: None,
            max_error: 0.5,
            mean_error: 1e-9,
            cosine: 1.0,
            sparsity: 0.0,
        };
        let tensor = TensorReport {
            name: "w".into(),
            file: "a".into(),
            dtype: Dtype::F32,
            shape: vec![5],
            rule: "all".into(),
            chain: vec!["prune".into(), "quantize".into()],
            note: "why".into(),
            quality: Some(Quality {
                sqnr: Some(31.5),
                ..quality.clone()
            }),
        };
        let mut kinds = Map::default();
        *kinds.entry("stored", 0) += 2;
        *kinds.entry("float", 0) += 1;
        let mut report = Report {
            files: ["", "npy"]
                .map(|text| FileReport {
                    path: "a".into(),
                    format: text.into(),
                    len: 9,
                    note: text.into(),
                })
                .into(),
            streams: [None, Some(Dtype::Bool)]
                .map(|dtype| StreamReport {
                    name: "s".into(),
                    dtype,
                    shape: Vec::new(),
                    layout: Layout::F32,
                    raw: 8,
                    encoded: 4,
                    kinds: kinds.clone(),
                })
                .into(),
            tensors: Vec::new(),
            quality: None,
            raw: 8,
            encoded: 4,
            ratio: 2.0,
        };
        assert_eq!(
            tensorpress_json::to_text(&report),
            serde_json::to_string(&report).unwrap()
        );
        report.quality = Some(quality);
        report.tensors = vec![
            TensorReport {
                note: String::new(),
                quality: None,
                ..tensor.clone()
            },
            tensor,
        ];
        assert_eq!(
            tensorpress_json::to_text(&report),
            serde_json::to_string(&report).unwrap()
        );
    }
}
