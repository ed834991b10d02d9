//! safetensors: a u64 header length, a JSON header, then the tensors' bytes.
//!
//! Holes between tensors and bytes behind the last one are not an error here: they stay skeleton.

mod header;
mod index;

use crate::error::{FormatError, check_limit};
use crate::input::{Input, Reading};
use crate::layout::product;
use crate::limits::{MAX_RANK, MAX_SAFETENSORS_HEADER};
use crate::map::{Dtype, Encoding, FileMap, Span, Tensor, dtype_named};
use crate::source::Source;
use header::Entry;

pub use index::read_index;
use tensorpress_json::{Quoted, to_text};

const FORMAT: &str = "safetensors";
/// Width of the header's length field.
const LENGTH_BYTES: u64 = 8;
/// The format's dtype names; anything else (the 6-bit floats, types yet to come) is opaque.
const TYPES: &[(&str, Dtype)] = &[
    ("F64", Dtype::F64),
    ("F32", Dtype::F32),
    ("F16", Dtype::F16),
    ("BF16", Dtype::Bf16),
    ("F8_E4M3", Dtype::F8E4m3),
    ("F8_E4M3FNUZ", Dtype::F8E4m3Fnuz),
    ("F8_E5M2", Dtype::F8E5m2),
    ("F8_E5M2FNUZ", Dtype::F8E5m2Fnuz),
    ("F8_E8M0", Dtype::F8E8m0),
    ("F4", Dtype::F4E2m1),
    ("I64", Dtype::I64),
    ("I32", Dtype::I32),
    ("I16", Dtype::I16),
    ("I8", Dtype::I8),
    ("U64", Dtype::U64),
    ("U32", Dtype::U32),
    ("U16", Dtype::U16),
    ("U8", Dtype::U8),
    ("BOOL", Dtype::Bool),
    ("C64", Dtype::C64),
    ("C128", Dtype::C128),
];

/// Maps one `.safetensors` file.
pub fn read(source: Source, file: usize) -> Reading {
    Reading::new(source, file, FORMAT, map)
}

fn map(input: &Input) -> Result<FileMap, FormatError> {
    let header_len = input.number(0, LENGTH_BYTES)?;
    input.check_limit("MAX_SAFETENSORS_HEADER", MAX_SAFETENSORS_HEADER, header_len)?;
    let entries = header::parse(&input.bytes(LENGTH_BYTES, header_len)?)?;

    let data_start = LENGTH_BYTES + header_len;
    let data_len = input.len() - data_start;
    let mut tensors = Vec::new();
    for (name, entry) in entries {
        tensors.push(locate(name, entry, input.file, data_start, data_len)?);
    }
    crate::map::sort_by_offset(&mut tensors);
    crate::map::refuse_overlap(FORMAT, &tensors)?;
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors,
        notes: Vec::new(),
    })
}

fn corrupt(offset: u64, detail: impl Into<String>) -> FormatError {
    FormatError::corrupt(FORMAT, offset, detail)
}

/// Checks one header entry against the file and turns it into a tensor.
fn locate(name: String, entry: Entry, file: usize, data_start: u64, data_len: u64) -> Result<Tensor, FormatError> {
    let [begin, end] = entry.data_offsets;
    if begin > end || end > data_len {
        let detail = format!(
            "tensor {} has data_offsets [{begin}, {end}], the file has {data_len} data bytes",
            Quoted(&name)
        );
        return Err(corrupt(LENGTH_BYTES, detail));
    }
    check_limit(FORMAT, "MAX_RANK", MAX_RANK as u64, entry.shape.len() as u64)?;
    let dtype = dtype_named(TYPES, &entry.dtype).unwrap_or(Dtype::Opaque);
    if dtype != Dtype::Opaque {
        let needed = product(&entry.shape).and_then(|n| dtype.bytes_for(n));
        if needed != Some(end - begin) {
            let needed = needed.map_or("more than 2^64".to_owned(), |n| n.to_string());
            let (shape, found) = (to_text(&entry.shape), end - begin);
            let detail = format!(
                "tensor {} of {} {shape} needs {needed} bytes, has {found}",
                Quoted(&name),
                entry.dtype
            );
            return Err(corrupt(LENGTH_BYTES, detail));
        }
    }
    let opaque = dtype == Dtype::Opaque;
    let span = Span {
        file,
        offset: data_start + begin,
        len: end - begin,
    };
    Ok(Tensor {
        name,
        dtype,
        type_name: if opaque { entry.dtype } else { String::new() },
        shape: entry.shape,
        encoding: if opaque { Encoding::Other } else { Encoding::Plain },
        axis: None,
        inflated: None,
        spans: if begin == end { Vec::new() } else { vec![span] },
    })
}
