//! The plan as the archive stores it: files, streams and tensors (docs/FORMAT.md, section 3).

use crate::codec::Layout;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tensorpress_formats::{Dtype, Encoding};
use tensorpress_json::{ToJson, Unusual, write_members};

/// Name of the manifest's entry in the header.
pub const MANIFEST: &str = "tensorpress.manifest";
/// Name of the skeleton's entry in the header, and of stream 0.
pub const SKELETON: &str = "tensorpress.skeleton";

/// The whole plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Plan {
    /// Original files, in order.
    pub files: Vec<PlanFile>,
    /// Streams; stream 0 is the skeleton.
    pub streams: Vec<PlanStream>,
    /// All tensors that were found.
    pub tensors: Vec<PlanTensor>,
}

/// One original file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PlanFile {
    /// Relative path, `/`-separated.
    pub path: String,
    /// Length in bytes.
    pub len: u64,
    /// Format; empty, and absent in JSON, where no reader mapped the file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// What the file is made of, first byte to last.
    pub pieces: Vec<PlanPiece>,
    /// What a user should know about the file; absent in JSON where there is nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Whether some of its weights were changed: then the digest is that of the original, not of what is restored.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub approximate: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A run of a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
// Its serializer is written by hand, so this is, too.
#[cfg_attr(
    feature = "typescript",
    ts(type = "[0, number] | [stream: number, start: number, length: number]")
)]
pub enum PlanPiece {
    /// `[0, len]`: the next bytes of the skeleton.
    Skeleton {
        /// Number of bytes.
        len: u64,
    },
    /// `[stream, start, len]`: a range of another stream.
    Stream {
        /// The stream, at least 1.
        stream: usize,
        /// First byte within it.
        start: u64,
        /// Number of bytes.
        len: u64,
    },
}

/// One stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PlanStream {
    /// The name of its entry.
    pub name: String,
    /// Decoded length in bytes.
    pub len: u64,
    /// Decoded length of each block but the last.
    pub block: u32,
    /// How its elements lie.
    pub layout: Layout,
    /// The steps that its weights went through, as a recipe has them (JSON); empty where they are the original ones.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>", optional))]
    pub chain: String,
}

impl PlanStream {
    /// Number of blocks; none when `block` is 0, which the plan's check refuses.
    pub fn blocks(&self) -> u64 {
        if self.block == 0 {
            0
        } else {
            self.len.div_ceil(u64::from(self.block))
        }
    }

    /// Blocks that one job handles.
    pub fn blocks_per_job(&self) -> u64 {
        (crate::limits::JOB_BYTES / u64::from(self.block.max(1))).max(1)
    }
}

/// One tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct PlanTensor {
    /// Name as the format has it.
    pub name: String,
    /// The file that declares it.
    pub file: usize,
    /// Element type.
    pub dtype: Dtype,
    /// The format's own type name where `dtype` says less; absent in JSON where it does not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub type_name: String,
    /// Shape, outermost dimension first.
    pub shape: Vec<u64>,
    /// How the elements lie in the bytes.
    pub encoding: Encoding,
    /// Of a DEFLATE stream: how many bytes it inflates to before the elements, and those of the elements, which are plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inflated: Option<(u64, u64)>,
    /// The stream that holds the tensor's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<usize>,
    /// First byte and length in the stream; absent where the tensor is the whole stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(u64, u64)>,
    /// Where its bytes are, as `(file, offset, length)`, when it has no stream.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<(usize, u64, u64)>,
}

impl PlanPiece {
    /// Number of bytes.
    pub fn len(self) -> u64 {
        match self {
            PlanPiece::Skeleton { len } | PlanPiece::Stream { len, .. } => len,
        }
    }

    /// Whether it covers no byte, which the plan's check refuses.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Serialize for PlanPiece {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            PlanPiece::Skeleton { len } => {
                let mut seq = serializer.serialize_seq(Some(2))?;
                seq.serialize_element(&0)?;
                seq.serialize_element(&len)?;
                seq.end()
            }
            PlanPiece::Stream { stream, start, len } => {
                let mut seq = serializer.serialize_seq(Some(3))?;
                seq.serialize_element(&stream)?;
                seq.serialize_element(&start)?;
                seq.serialize_element(&len)?;
                seq.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for PlanPiece {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PieceVisitor;
        impl<'de> Visitor<'de> for PieceVisitor {
            type Value = PlanPiece;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a piece: [0, length] or [stream, start, length]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PlanPiece, A::Error> {
                let short = |found| A::Error::invalid_length(found, &self);
                let stream: usize = seq.next_element()?.ok_or_else(|| short(0))?;
                let first: u64 = seq.next_element()?.ok_or_else(|| short(1))?;
                if stream == 0 {
                    return Ok(PlanPiece::Skeleton { len: first });
                }
                let len = seq.next_element()?.ok_or_else(|| short(2))?;
                Ok(PlanPiece::Stream {
                    stream,
                    start: first,
                    len,
                })
            }
        }
        deserializer.deserialize_seq(PieceVisitor)
    }
}

impl ToJson for Plan {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("files", &self.files),
            ("streams", &self.streams),
            ("tensors", &self.tensors),
        ];
        write_members(members, out);
    }
}

impl ToJson for PlanFile {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("path", &self.path),
            ("len", &self.len),
            ("format", &Unusual(&self.format)),
            ("pieces", &self.pieces),
            ("note", &Unusual(&self.note)),
            ("approximate", &Unusual(&self.approximate)),
        ];
        write_members(members, out);
    }
}

impl ToJson for PlanStream {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("name", &self.name),
            ("len", &self.len),
            ("block", &self.block),
            ("layout", &self.layout),
            ("chain", &Unusual(&self.chain)),
        ];
        write_members(members, out);
    }
}

impl ToJson for PlanTensor {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("name", &self.name),
            ("file", &self.file),
            ("dtype", &self.dtype),
            ("type_name", &Unusual(&self.type_name)),
            ("shape", &self.shape),
            ("encoding", &self.encoding),
            ("inflated", &Unusual(&self.inflated)),
            ("stream", &Unusual(&self.stream)),
            ("range", &Unusual(&self.range)),
            ("spans", &Unusual(&self.spans)),
        ];
        write_members(members, out);
    }
}

impl ToJson for PlanPiece {
    fn write(&self, out: &mut Vec<u8>) {
        match *self {
            PlanPiece::Skeleton { len } => [0, len].write(out),
            PlanPiece::Stream { stream, start, len } => (stream, start, len).write(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_short_arrays() {
        let pieces = vec![
            PlanPiece::Skeleton { len: 7 },
            PlanPiece::Stream {
                stream: 3,
                start: 1,
                len: 9,
            },
        ];
        let text = serde_json::to_string(&pieces).unwrap();
        assert_eq!(text, "[[0,7],[3,1,9]]");
        assert_eq!(serde_json::from_str::<Vec<PlanPiece>>(&text).unwrap(), pieces);
        for bad in [
            "[[]]",
            "[[0]]",
            "[[1,2]]",
            "[[0,1,2]]",
            "[[1,2,3,4]]",
            "[[0,-1]]",
            "[[0,1.5]]",
            "[{}]",
        ] {
            assert!(serde_json::from_str::<Vec<PlanPiece>>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn written_as_serde_writes() {
        let file = PlanFile {
            path: "a/\"b\"".into(),
            len: 1 << 52,
            pieces: vec![
                PlanPiece::Skeleton { len: 7 },
                PlanPiece::Stream {
                    stream: 3,
                    start: 1,
                    len: 9,
                },
            ],
            ..PlanFile::default()
        };
        let stream = PlanStream {
            name: "one".into(),
            len: 9,
            block: 4,
            layout: Layout::Bf16,
            chain: String::new(),
        };
        let tensor = PlanTensor {
            name: "w".into(),
            file: 1,
            dtype: Dtype::F8E4m3Fnuz,
            type_name: String::new(),
            shape: vec![2, 3],
            encoding: Encoding::BigEndian,
            inflated: None,
            stream: None,
            range: None,
            spans: vec![(0, 1, 2)],
        };
        let plan = Plan {
            files: vec![
                file.clone(),
                PlanFile {
                    format: "npy".into(),
                    note: "so".into(),
                    approximate: true,
                    ..file
                },
            ],
            streams: vec![
                stream.clone(),
                PlanStream {
                    chain: "[]".into(),
                    ..stream
                },
            ],
            tensors: vec![
                tensor.clone(),
                PlanTensor {
                    type_name: "x".into(),
                    stream: Some(0),
                    inflated: Some((3, 4)),
                    range: Some((1, 2)),
                    spans: Vec::new(),
                    ..tensor
                },
            ],
        };
        assert_eq!(tensorpress_json::to_text(&plan), serde_json::to_string(&plan).unwrap());
    }
}
