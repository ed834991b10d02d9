//! TensorFlow Lite: the subgraphs' tensors and the buffers they point to.
//!
//! Tensors without bytes (activations) are not listed. Tensors that share a buffer have equal spans.

use crate::flatbuffer::{Flatbuffer, Table};
use crate::layout::elements;
use crate::{Dtype, Encoding, FileMap, FormatError, Source, Span, Tensor, limits};

const FORMAT: &str = "tflite";
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
/// Most bytes of all names together: hostile tensors may all share one long name.
const MAX_NAMES: u64 = 64 << 20;

/// Maps the TensorFlow Lite model `file`.
pub async fn read(source: Source, file: usize) -> Result<FileMap, FormatError> {
    let total = source.len(file);
    let mut flat = Flatbuffer::new(source, file, FORMAT);
    let magic: [u8; 4] = flat.bytes(4).await?;
    if &magic != b"TFL3" {
        return Err(flat.corrupt(4, format!("file identifier {magic:?} instead of TFL3")));
    }
    let root = flat.follow(0).await?;
    let model = flat.table(root).await?;
    let buffers = read_buffers(&mut flat, model, file, total).await?;
    let mut map = FileMap {
        format: FORMAT.into(),
        ..FileMap::default()
    };
    let mut unusual = 0u64;
    let mut seen = 0u64;
    let mut names = 0u64;
    let Some(subgraphs) = flat.vector(model, MODEL_SUBGRAPHS, 4).await? else {
        return Ok(map);
    };
    for index in 0..subgraphs.count {
        let start = flat.follow(subgraphs.offset + 4 * index).await?;
        let subgraph = flat.table(start).await?;
        // Hostile vectors may all point at the same table, so the total is what counts.
        count(&mut seen, 1)?;
        let Some(tensors) = flat.vector(subgraph, SUBGRAPH_TENSORS, 4).await? else {
            continue;
        };
        for index in 0..tensors.count {
            count(&mut seen, 1)?;
            let start = flat.follow(tensors.offset + 4 * index).await?;
            let table = flat.table(start).await?;
            if let Some(tensor) = read_tensor(&mut flat, table, &buffers).await? {
                unusual += u64::from(tensor.encoding == Encoding::Other && tensor.dtype != Dtype::Opaque);
                names += tensor.name.len() as u64;
                crate::error::check_limit(FORMAT, "MAX_NAMES", MAX_NAMES, names)?;
                map.tensors.push(tensor);
            }
        }
    }
    if unusual > 0 {
        map.notes.push(format!(
            "{unusual} tensors are sparse or not of the size that shape and type need, so they are kept as bytes"
        ));
    }
    Ok(map)
}

fn count(seen: &mut u64, more: u64) -> Result<(), FormatError> {
    *seen += more;
    crate::error::check_limit(FORMAT, "MAX_TENSORS", limits::MAX_TENSORS, *seen)
}

/// The bytes of every buffer; `None` for those without any.
async fn read_buffers(
    flat: &mut Flatbuffer,
    model: Table,
    file: usize,
    total: u64,
) -> Result<Vec<Option<Span>>, FormatError> {
    let mut spans = Vec::new();
    let Some(buffers) = flat.vector(model, MODEL_BUFFERS, 4).await? else {
        return Ok(spans);
    };
    count(&mut 0, buffers.count)?;
    for index in 0..buffers.count {
        let start = flat.follow(buffers.offset + 4 * index).await?;
        let buffer = flat.table(start).await?;
        let mut span = None;
        if let Some(data) = flat.vector(buffer, BUFFER_DATA, 1).await?
            && data.count > 0
        {
            span = Some((data.offset, data.count));
        } else if let Some(at) = flat.field(buffer, BUFFER_OFFSET).await? {
            // Models above 2 GB keep their buffers behind the flatbuffer. 0 and 1 mean "none".
            let offset = flat.u64(at).await?;
            let len = match flat.field(buffer, BUFFER_SIZE).await? {
                Some(at) => flat.u64(at).await?,
                None => 0,
            };
            if offset > 1 && len > 0 {
                if offset.checked_add(len).is_none_or(|end| end > total) {
                    return Err(flat.corrupt(at, format!("buffer of {len} bytes at {offset} of {total}")));
                }
                span = Some((offset, len));
            }
        }
        spans.push(span.map(|(offset, len)| Span { file, offset, len }));
    }
    Ok(spans)
}

/// One tensor; `None` if it has no bytes.
async fn read_tensor(
    flat: &mut Flatbuffer,
    table: Table,
    buffers: &[Option<Span>],
) -> Result<Option<Tensor>, FormatError> {
    let buffer = match flat.field(table, TENSOR_BUFFER).await? {
        Some(at) => flat.u32(at).await?,
        None => 0,
    };
    let Some(slot) = buffers.get(buffer as usize) else {
        // Buffer 0 may be left out together with the whole vector.
        return match buffer {
            0 => Ok(None),
            _ => Err(flat.corrupt(0, format!("a tensor in buffer {buffer} of {}", buffers.len()))),
        };
    };
    let Some(span) = *slot else { return Ok(None) };
    let kind = match flat.field(table, TENSOR_TYPE).await? {
        Some(at) => flat.bytes::<1>(at).await?[0],
        None => 0,
    };
    let mut shape = Vec::new();
    let mut negative = false;
    if let Some(dims) = flat.vector(table, TENSOR_SHAPE, 4).await? {
        crate::error::check_limit(FORMAT, "MAX_RANK", limits::MAX_RANK as u64, dims.count)?;
        for index in 0..dims.count {
            let dim = flat.u32(dims.offset + 4 * index).await?;
            negative |= dim > i32::MAX as u32;
            shape.push(u64::from(dim));
        }
    }
    let name = flat.string(table, TENSOR_NAME, MAX_NAME).await?.unwrap_or_default();
    let sparse = flat.field(table, TENSOR_SPARSITY).await?.is_some();
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
        spans: vec![span],
    }))
}

/// The schema's `TensorType`.
fn dtype(kind: u8) -> (Dtype, String) {
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
