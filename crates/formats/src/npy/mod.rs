//! NumPy arrays: `.npy`, and `.npz` archives of them.

mod archive;
mod descr;
mod header;

use crate::error::FormatError;
use crate::input::{Input, Reading};
use crate::layout::product;
use crate::limits::MAX_INFLATED;
use crate::map::{Dtype, Encoding, FileMap, Span, Tensor};
use crate::source::{Source, file_name};
use header::{Header, PREFIX_MAX};

pub use archive::read_npz;
use tensorpress_json::Quoted;

const FORMAT: &str = "npy";

/// Maps one `.npy` file.
pub fn read(source: Source, file: usize) -> Reading {
    Reading::new(source, file, FORMAT, map)
}

fn map(input: &Input) -> Result<FileMap, FormatError> {
    let path = &input.source.files()[input.file].path;
    let base = file_name(path);
    let name = base.strip_suffix(".npy").unwrap_or(base).to_owned();
    let mut notes = Vec::new();
    let tensor = read_array(input, 0, input.len(), name, &mut notes)?;
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors: vec![tensor],
        notes,
    })
}

/// Maps the array whose `.npy` bytes are `len` bytes at `start`: a file, or a stored member of an archive.
fn read_array(
    input: &Input,
    start: u64,
    len: u64,
    name: String,
    notes: &mut Vec<String>,
) -> Result<Tensor, FormatError> {
    let prefix = input.bytes(start, len.min(PREFIX_MAX))?;
    let header_len = header::data_offset(input, &prefix)?;
    input.check_limit("MAX_INFLATED", MAX_INFLATED, header_len)?;
    if header_len > len {
        return Err(FormatError::truncated(input.format, start, header_len, len));
    }
    let bytes = input.bytes(start, header_len)?;
    let header = header::parse(input, &bytes)?;
    let available = len - header_len;
    let data_len = data_len(input.format, &header, available, start)?;
    let span = Span {
        file: input.file,
        offset: start + header_len,
        len: data_len,
    };
    note_order(&header, &name, notes);
    let spans = if data_len == 0 { Vec::new() } else { vec![span] };
    let encoding = header.element.encoding;
    Ok(tensor(header, name, encoding, spans))
}

fn note_order(header: &Header, name: &str, notes: &mut Vec<String>) {
    if header.fortran_order && header.shape.len() > 1 {
        notes.push(format!(
            "{} is in Fortran order: its first dimension is the innermost in the bytes",
            Quoted(name)
        ));
    }
}

/// Bytes of the array's data, of which `available` are there.
fn data_len(format: &'static str, header: &Header, available: u64, offset: u64) -> Result<u64, FormatError> {
    if header.element.dtype == Dtype::Opaque {
        // Structured and object arrays say nothing simple of their size: all that follows is theirs.
        return Ok(available);
    }
    let needed = product(&header.shape)
        .and_then(|n| header.element.dtype.bytes_for(n))
        .unwrap_or(u64::MAX);
    if needed > available {
        return Err(FormatError::truncated(format, offset, needed, available));
    }
    Ok(needed)
}

fn tensor(header: Header, name: String, encoding: Encoding, spans: Vec<Span>) -> Tensor {
    Tensor {
        name,
        dtype: header.element.dtype,
        type_name: header.element.type_name,
        shape: header.shape,
        encoding,
        axis: None,
        inflated: None,
        spans,
    }
}
