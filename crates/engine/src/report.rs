//! What compression did, for people and for programs.

use crate::codec::{Kind, Layout};
use crate::schema::Plan;
use serde::Serialize;
use std::collections::BTreeMap;
use tensorpress_formats::Dtype;

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Report {
    /// One line a file.
    pub files: Vec<FileReport>,
    /// One line a stream.
    pub streams: Vec<StreamReport>,
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
    pub kinds: BTreeMap<&'static str, u64>,
}

impl Report {
    /// `first[s] … first[s + 1]` are the blocks of stream `s`, whose kinds `kinds` lists.
    pub(crate) fn new(plan: &Plan, encoded: &[u64], first: &[usize], kinds: &[u8], archive: u64) -> Self {
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
                let mut count = BTreeMap::new();
                let range = first.get(index).copied().unwrap_or(0)..first.get(index + 1).copied().unwrap_or(0);
                for kind in kinds.get(range).unwrap_or(&[]) {
                    *count
                        .entry(Kind::from_byte(*kind).map_or("unknown", Kind::name))
                        .or_default() += 1;
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
            raw,
            encoded: archive,
            ratio: if archive == 0 { 0.0 } else { raw as f64 / archive as f64 },
        }
    }
}
