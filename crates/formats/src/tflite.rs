//! TensorFlow Lite: the subgraphs' tensors and the buffers they point to.
//!
//! Tensors without bytes (activations) are not listed. Tensors that share a buffer have equal spans.

use crate::error::check_limit;
use crate::flatbuffer::{Table, Vector};
use crate::input::{Input, Reading};
use crate::layout::elements;
use crate::map::described;
use crate::{Dtype, Encoding, FileMap, FormatError, Source, Span, Tensor, limits};

const FORMAT: &str = "tflite";
const MAGIC: u64 = u32::from_le_bytes(*b"TFL3") as u64;
const MODEL_SUBGRAPHS: u64 = 2;
const MODEL_BUFFERS: u64 = 4;
const SUBGRAPH_TENSORS: u64 = 0;
const TENSOR_SHAPE: u64 = 0;
const TENSOR_TYPE: u64 = 1;
const TENSOR_BUFFER: u64 = 2;
const TENSOR_NAME: u64 = 3;
const TENSOR_SPARSITY: u64 = 6;
const BUFFER_DATA: u64 = 0;
const BUFFER_OFFSET: u64 = 1;
const BUFFER_SIZE: u64 = 2;
/// Longest name kept.
const MAX_NAME: u64 = 4096;

/// Maps the TensorFlow Lite model `file`.
pub fn read(source: Source, file: usize) -> Reading {
    let mut model = Model::default();
    Reading::new(source, file, FORMAT, move |input| model.map(input)).paged()
}

/// A model as far as it has been read.
#[derive(Default)]
struct Model {
    /// Its subgraphs and buffers, once the root is read.
    root: Option<(Vector, Vector)>,
    /// The bytes of every buffer; `None` for those without any.
    buffers: Vec<Option<Span>>,
    /// The next subgraph.
    subgraph: u64,
    /// The tensors of the one before that are left.
    left: Vector,
    /// Subgraphs and tensors: hostile vectors may all point at the same table, so the total is what counts.
    seen: u64,
    tensors: Vec<Tensor>,
    /// Bytes of all names and shapes: hostile tensors may all share one.
    names: u64,
    unusual: u64,
}

impl Model {
    fn map(&mut self, input: &Input) -> Result<FileMap, FormatError> {
        while self.step(input)? {
            input.settle();
        }
        let mut map = FileMap {
            format: FORMAT.into(),
            tensors: std::mem::take(&mut self.tensors),
            notes: Vec::new(),
        };
        let unusual = self.unusual;
        if unusual > 0 {
            map.notes.push(format!(
                "{unusual} tensors are sparse or not of the size that shape and type need, so they are kept as bytes"
            ));
        }
        Ok(map)
    }

    /// One step, which reads little and can be done again if that is not there yet; `false` when none is left.
    fn step(&mut self, input: &Input) -> Result<bool, FormatError> {
        let Some((subgraphs, buffers)) = self.root else {
            let magic = input.number(4, 4)?;
            if magic != MAGIC {
                return Err(input.corrupt(4, format!("file identifier {magic:#x} instead of TFL3")));
            }
            let model = Table::behind(input, 0)?;
            let buffers = model.vector(input, MODEL_BUFFERS, 4)?;
            check_count(buffers.count)?;
            self.root = Some((model.vector(input, MODEL_SUBGRAPHS, 4)?, buffers));
            return Ok(true);
        };
        if (self.buffers.len() as u64) < buffers.count {
            let table = buffers.table(input, self.buffers.len() as u64)?;
            self.buffers.push(read_buffer(input, table)?);
        } else if self.left.count > 0 {
            let tensor = read_tensor(input, self.left.table(input, 0)?, &self.buffers)?;
            self.left.offset += 4;
            self.left.count -= 1;
            self.count()?;
            if let Some(tensor) = tensor {
                self.unusual += u64::from(tensor.encoding == Encoding::Other && tensor.dtype != Dtype::Opaque);
                self.names += described(&tensor.name, tensor.shape.len());
                check_limit(FORMAT, "MAX_NAMES", limits::MAX_NAMES, self.names)?;
                self.tensors.push(tensor);
            }
        } else if self.subgraph < subgraphs.count {
            self.left = subgraphs
                .table(input, self.subgraph)?
                .vector(input, SUBGRAPH_TENSORS, 4)?;
            self.subgraph += 1;
            self.count()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn count(&mut self) -> Result<(), FormatError> {
        self.seen += 1;
        check_count(self.seen)
    }
}

fn check_count(found: u64) -> Result<(), FormatError> {
    check_limit(FORMAT, "MAX_TENSORS", limits::MAX_TENSORS, found)
}

/// The bytes of a buffer, if it has any.
fn read_buffer(input: &Input, buffer: Table) -> Result<Option<Span>, FormatError> {
    let file = input.file;
    let data = buffer.vector(input, BUFFER_DATA, 1)?;
    if data.count > 0 {
        let Vector { offset, count: len } = data;
        return Ok(Some(Span { file, offset, len }));
    }
    // Models above 2 GB keep their buffers behind the flatbuffer. 0 and 1 mean "none".
    let offset = buffer.number(input, BUFFER_OFFSET, 8)?;
    let len = buffer.number(input, BUFFER_SIZE, 8)?;
    if offset <= 1 || len == 0 {
        return Ok(None);
    }
    let total = input.len();
    if offset.checked_add(len).is_none_or(|end| end > total) {
        return Err(input.corrupt(0, format!("buffer of {len} bytes at {offset} of {total}")));
    }
    Ok(Some(Span { file, offset, len }))
}

/// One tensor; `None` if it has no bytes.
fn read_tensor(input: &Input, table: Table, buffers: &[Option<Span>]) -> Result<Option<Tensor>, FormatError> {
    let buffer = table.number(input, TENSOR_BUFFER, 4)?;
    let span = match buffers.get(buffer as usize) {
        Some(Some(span)) => *span,
        Some(None) => return Ok(None),
        // Buffer 0 may be left out together with the whole vector.
        None if buffer == 0 => return Ok(None),
        None => return Err(input.corrupt(0, format!("a tensor in buffer {buffer} of {}", buffers.len()))),
    };
    let kind = table.number(input, TENSOR_TYPE, 1)?;
    let dims = table.vector(input, TENSOR_SHAPE, 4)?;
    input.check_limit("MAX_RANK", limits::MAX_RANK as u64, dims.count)?;
    let mut shape = Vec::new();
    for index in 0..dims.count {
        shape.push(input.number(dims.offset + 4 * index, 4)?);
    }
    let negative = shape.iter().any(|dim| *dim > i32::MAX as u64);
    let name = table.vector(input, TENSOR_NAME, 1)?;
    let name = match name.count {
        ..=MAX_NAME => String::from_utf8_lossy(&input.bytes(name.offset, name.count)?).into_owned(),
        _ => String::new(),
    };
    let sparse = table.field(input, TENSOR_SPARSITY)?.is_some();
    let (dtype, type_name) = dtype(kind);
    let expected = elements(&shape).and_then(|count| dtype.bytes_for(count));
    let plain = !sparse && !negative && expected == Some(span.len);
    Ok(Some(Tensor {
        name,
        dtype,
        type_name,
        shape,
        encoding: if plain { Encoding::Plain } else { Encoding::Other },
        axis: None,
        inflated: None,
        spans: vec![span],
    }))
}

/// The schema's `TensorType`.
fn dtype(kind: u64) -> (Dtype, String) {
    let plain = match kind {
        0 => Dtype::F32,
        1 => Dtype::F16,
        2 => Dtype::I32,
        3 => Dtype::U8,
        4 => Dtype::I64,
        6 => Dtype::Bool,
        7 => Dtype::I16,
        8 => Dtype::C64,
        9 => Dtype::I8,
        10 => Dtype::F64,
        11 => Dtype::C128,
        12 => Dtype::U64,
        15 => Dtype::U32,
        16 => Dtype::U16,
        17 => Dtype::I4,
        18 => Dtype::Bf16,
        5 => return (Dtype::Opaque, "string".into()),
        _ => return (Dtype::Opaque, format!("tflite type {kind}")),
    };
    (plain, String::new())
}
