//! What compression did, for people and for programs.

mod make;

pub(crate) use make::cost;

use crate::codec::Layout;
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
    /// The same of the mean relative error of the tensors, each of which counts alike, however large. Only in the quality of
    /// all tensors together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tensor_sqnr: Option<f64>,
    /// Largest error.
    pub max_error: f64,
    /// Mean error.
    pub mean_error: f64,
    /// Cosine of the angle between the original weights and what is restored.
    pub cosine: f64,
    /// Share of the restored weights that are 0.
    pub sparsity: f64,
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
            ("tensorSqnr", &Unusual(&self.tensor_sqnr)),
            ("maxError", &self.max_error),
            ("meanError", &self.mean_error),
            ("cosine", &self.cosine),
            ("sparsity", &self.sparsity),
        ];
        write_members(members, out);
    }
}

#[cfg(test)]
mod tests;
