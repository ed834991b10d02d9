//! What a reader finds: tensors and where their bytes are.

use crate::FormatError;
use crate::layout::elements;
use crate::limits::MAX_ARRAY;
use crate::order::sort_by_number;
use serde::{Deserialize, Serialize};
use tensorpress_json::Quoted;

/// Element type. Types of less than a byte are packed, first element in the low bits: four of six bits take
/// three bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Dtype {
    F64,
    F32,
    F16,
    Bf16,
    F8E4m3,
    F8E4m3Fnuz,
    F8E5m2,
    F8E5m2Fnuz,
    F8E8m0,
    F6E2m3,
    F6E3m2,
    F4E2m1,
    I64,
    I32,
    I16,
    I8,
    I4,
    I2,
    U64,
    U32,
    U16,
    U8,
    U4,
    U2,
    Bool,
    C64,
    C128,
    /// Blocks whose inside is not numbers of a plain type (GGUF quantized types, strings).
    Opaque,
}

tensorpress_json::names!(Dtype {
    F64: "f64",
    F32: "f32",
    F16: "f16",
    Bf16: "bf16",
    F8E4m3: "f8e4m3",
    F8E4m3Fnuz: "f8e4m3fnuz",
    F8E5m2: "f8e5m2",
    F8E5m2Fnuz: "f8e5m2fnuz",
    F8E8m0: "f8e8m0",
    F6E2m3: "f6e2m3",
    F6E3m2: "f6e3m2",
    F4E2m1: "f4e2m1",
    I64: "i64",
    I32: "i32",
    I16: "i16",
    I8: "i8",
    I4: "i4",
    I2: "i2",
    U64: "u64",
    U32: "u32",
    U16: "u16",
    U8: "u8",
    U4: "u4",
    U2: "u2",
    Bool: "bool",
    C64: "c64",
    C128: "c128",
    Opaque: "opaque",
});

impl Dtype {
    /// Bits of one element; `None` for [`Dtype::Opaque`].
    pub fn bits(self) -> Option<u32> {
        use Dtype::*;
        Some(match self {
            C128 => 128,
            F64 | I64 | U64 | C64 => 64,
            F32 | I32 | U32 => 32,
            F16 | Bf16 | I16 | U16 => 16,
            F8E4m3 | F8E4m3Fnuz | F8E5m2 | F8E5m2Fnuz | F8E8m0 | I8 | U8 | Bool => 8,
            F6E2m3 | F6E3m2 => 6,
            F4E2m1 | I4 | U4 => 4,
            I2 | U2 => 2,
            Opaque => return None,
        })
    }

    /// Bytes that `elements` of this type occupy, rounded up to a whole byte.
    /// `None` on overflow or for [`Dtype::Opaque`].
    pub fn bytes_for(self, elements: u64) -> Option<u64> {
        Some(elements.checked_mul(u64::from(self.bits()?))?.div_ceil(8))
    }
}

/// The type that a name stands for in a format.
#[inline(never)]
pub(crate) fn dtype_named(names: &[(&str, Dtype)], name: &str) -> Option<Dtype> {
    let found = names.iter().find(|(known, _)| *known == name);
    found.map(|(_, dtype)| *dtype)
}

/// How a tensor's elements lie in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Plain little-endian elements: the transforms and float codecs may read them.
    Plain,
    /// Plain elements, or blocks, of numbers that are big-endian (NumPy `>f4`).
    BigEndian,
    /// Protobuf varints, one an element.
    Varint,
    /// A DEFLATE stream (member of an npz).
    Deflate,
    /// Anything else: bytes only.
    Other,
}

tensorpress_json::names!(Encoding {
    Plain: "plain",
    BigEndian: "bigendian",
    Varint: "varint",
    Deflate: "deflate",
    Other: "other",
});

/// A run of bytes in one input file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Index into the input files.
    pub file: usize,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
}

/// One tensor: its bytes are the spans' bytes, concatenated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name as the format has it; unique within a file is not promised.
    pub name: String,
    /// Element type.
    pub dtype: Dtype,
    /// The format's own type name where `dtype` says less (`Q4_K`, `string`); else empty.
    pub type_name: String,
    /// Shape, outermost dimension first.
    pub shape: Vec<u64>,
    /// How the elements lie in the bytes.
    pub encoding: Encoding,
    /// The axis of the output channels, where what uses the tensor tells; else each format's layouts do.
    pub axis: Option<usize>,
    /// Of a DEFLATE stream: how many bytes it inflates to before the elements, and those of the elements, which are plain.
    pub inflated: Option<(u64, u64)>,
    /// Where the bytes are. Usually one span; several when a tensor straddles shards.
    pub spans: Vec<Span>,
}

impl Tensor {
    /// Says that the bytes are a DEFLATE stream, which is claimed to inflate to as many bytes.
    pub(crate) fn deflate(&mut self, before: u64, len: u64) {
        let expected = elements(&self.shape).and_then(|count| self.dtype.bytes_for(count));
        let fits = expected == Some(len) || self.dtype == Dtype::Opaque;
        if fits && self.encoding != Encoding::BigEndian && before.saturating_add(len) <= MAX_ARRAY {
            self.inflated = Some((before, len));
        }
        self.encoding = Encoding::Deflate;
    }
}

/// Bytes that a name and a shape of so many dimensions take, as [`MAX_NAMES`](crate::limits::MAX_NAMES) counts them.
pub(crate) fn described(name: &str, rank: usize) -> u64 {
    (name.len() + 8 * rank) as u64
}

/// All tensors a reader found from one file (their spans may lie in sibling files).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileMap {
    /// Format name: `safetensors`, `onnx`, `gguf`, `tfjs`, `tflite`, `npy`, `npz`, `pytorch`.
    pub format: String,
    /// Tensors in file order. A tensor without bytes has no spans.
    pub tensors: Vec<Tensor>,
    /// Things a user should know (a tensor left opaque and why).
    pub notes: Vec<String>,
}

/// Sorts tensors of one file by their first bytes; those without any come first.
pub(crate) fn sort_by_offset(tensors: &mut [Tensor]) {
    sort_by_number(tensors, |tensor| tensor.spans.first().map_or(0, |span| span.offset));
}

/// Refuses tensors of one file whose bytes overlap. They are sorted by offset.
pub(crate) fn refuse_overlap(format: &'static str, tensors: &[Tensor]) -> Result<(), FormatError> {
    let mut last: Option<(&str, Span)> = None;
    for tensor in tensors {
        for &span in &tensor.spans {
            if let Some((other, before)) = last
                && span.offset < before.offset + before.len
            {
                return Err(FormatError::corrupt(
                    format,
                    span.offset,
                    format!("tensors {} and {} overlap", Quoted(other), Quoted(&tensor.name)),
                ));
            }
            last = Some((&tensor.name, span));
        }
    }
    Ok(())
}
