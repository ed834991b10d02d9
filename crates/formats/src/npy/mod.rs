//! NumPy arrays: `.npy`, and `.npz` archives of them.

mod archive;
mod descr;
mod header;

use crate::error::FormatError;
use crate::limits::MAX_INFLATED;
use crate::map::{Dtype, Encoding, FileMap, Span, Tensor};
use crate::source::Source;
use header::{Header, PREFIX_MAX};

pub use archive::read_npz;
use tensorpress_json::Quoted;

const FORMAT: &str = "npy";

/// Maps one `.npy` file.
pub async fn read(source: Source, file: usize) -> Result<FileMap, FormatError> {
    let path = source.path(file);
    let base = path.rsplit('/').next().unwrap_or(&path);
    let name = base.strip_suffix(".npy").unwrap_or(base).to_owned();
    let mut notes = Vec::new();
    let tensor = read_array(&source, FORMAT, file, 0, source.len(file), name, &mut notes).await?;
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors: vec![tensor],
        notes,
    })
}

/// Maps the array whose `.npy` bytes are `len` bytes at `start`: a file, or a stored member of an archive.
async fn read_array(
    source: &Source,
    format: &'static str,
    file: usize,
    start: u64,
    len: u64,
    name: String,
    notes: &mut Vec<String>,
) -> Result<Tensor, FormatError> {
    let prefix = source.read(format, file, start, len.min(PREFIX_MAX)).await?;
    let header_len = header::data_offset(format, &prefix)?;
    if header_len > MAX_INFLATED {
        return Err(too_long(format, header_len));
    }
    if header_len > len {
        return Err(FormatError::truncated(format, start, header_len, len));
    }
    let bytes = source.read(format, file, start, header_len).await?;
    let header = header::parse(format, &bytes)?;
    let available = len - header_len;
    let data_len = data_len(format, &header, available, start)?;
    let span = Span {
        file,
        offset: start + header_len,
        len: data_len,
    };
    note_order(&header, &name, notes);
    let spans = if data_len == 0 { Vec::new() } else { vec![span] };
    let encoding = header.element.encoding;
    Ok(tensor(header, name, encoding, spans))
}

fn too_long(format: &'static str, found: u64) -> FormatError {
    FormatError::limit(format, "MAX_INFLATED", MAX_INFLATED, found)
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
    let elements = header.shape.iter().try_fold(1u64, |n, &d| n.checked_mul(d));
    let needed = elements
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
        spans,
    }
}
