//! GGUF versions 2 and 3, little-endian: key-value metadata, tensor infos, aligned tensor data.
//!
//! The parts of a split model are GGUF files of their own and are read one by one.

mod cursor;
mod metadata;
mod types;

use crate::error::{FormatError, check_limit};
use crate::limits::{MAX_RANK, MAX_TENSORS};
use crate::map::{Encoding, FileMap, Span, Tensor};
use crate::source::Source;
use cursor::Cursor;
use tensorpress_json::Quoted;
use types::Layout;

const FORMAT: &str = "gguf";
const MAGIC: &[u8; 4] = b"GGUF";
/// Alignment of the tensor data where the metadata names none.
const DEFAULT_ALIGNMENT: u64 = 32;
/// The shortest tensor info: empty name, no dimensions, type and offset.
const MIN_TENSOR_INFO: u64 = 8 + 4 + 4 + 8;

/// A tensor info as the file has it, its place still relative to the tensor data.
struct Info {
    name: String,
    /// Innermost dimension first.
    dims: Vec<u64>,
    kind: u32,
    offset: u64,
    /// Where the info stands, for errors.
    at: u64,
}

/// Maps one `.gguf` file.
pub async fn read(source: Source, file: usize) -> Result<FileMap, FormatError> {
    let mut cursor = Cursor::new(source, file);
    if cursor.array::<4>().await? != *MAGIC {
        return Err(corrupt(0, "no GGUF magic"));
    }
    let version = cursor.u32().await?;
    match version {
        2 | 3 => {}
        _ if (1..=0xff).contains(&version.swap_bytes()) => return Err(unsupported("big-endian file")),
        _ => return Err(unsupported(format!("version {version}, versions 2 and 3 are known"))),
    }
    let tensor_count = cursor.u64().await?;
    let pair_count = cursor.u64().await?;
    check_limit(FORMAT, "MAX_TENSORS", MAX_TENSORS, tensor_count)?;
    let facts = metadata::walk(&mut cursor, pair_count).await?;
    cursor.expect_items(tensor_count, MIN_TENSOR_INFO)?;
    let mut infos = Vec::new();
    for _ in 0..tensor_count {
        infos.push(read_info(&mut cursor).await?);
    }
    let alignment = u64::from(facts.alignment.unwrap_or(DEFAULT_ALIGNMENT as u32));
    if !alignment.is_power_of_two() {
        return Err(corrupt(
            0,
            format!("general.alignment is {alignment}, not a power of two"),
        ));
    }
    // Both are below 2^63, so the sum cannot overflow.
    let data_start = cursor.position().next_multiple_of(alignment);

    let mut notes = facts.notes;
    let mut tensors = Vec::new();
    for info in infos {
        match types::layout_of(info.kind) {
            Some(layout) => tensors.extend(locate(info, layout, file, data_start, cursor.len())?),
            None => notes.push(format!(
                "{} has unknown ggml type {}: left out",
                Quoted(&info.name),
                info.kind
            )),
        }
    }
    crate::map::sort_by_offset(&mut tensors);
    crate::map::refuse_overlap(FORMAT, &tensors)?;
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors,
        notes,
    })
}

fn corrupt(offset: u64, detail: impl Into<String>) -> FormatError {
    FormatError::corrupt(FORMAT, offset, detail)
}

fn unsupported(detail: impl Into<String>) -> FormatError {
    FormatError::unsupported(FORMAT, detail)
}

async fn read_info(cursor: &mut Cursor) -> Result<Info, FormatError> {
    let at = cursor.position();
    let name = cursor.string().await?;
    let rank = cursor.u32().await?;
    check_limit(FORMAT, "MAX_RANK", MAX_RANK as u64, u64::from(rank))?;
    let mut dims = Vec::new();
    for _ in 0..rank {
        dims.push(cursor.u64().await?);
    }
    Ok(Info {
        name,
        dims,
        kind: cursor.u32().await?,
        offset: cursor.u64().await?,
        at,
    })
}

/// Checks an info against the file and turns it into a tensor.
fn locate(
    info: Info,
    layout: Layout,
    file: usize,
    data_start: u64,
    file_len: u64,
) -> Result<Option<Tensor>, FormatError> {
    let row = info.dims.first().copied().unwrap_or(1);
    if row % layout.block_elements != 0 {
        let detail = format!(
            "{}: rows of {row} are not whole {} blocks",
            Quoted(&info.name),
            layout.name
        );
        return Err(corrupt(info.at, detail));
    }
    let elements = info.dims.iter().try_fold(1u64, |n, &d| n.checked_mul(d));
    let len = elements.and_then(|n| (n / layout.block_elements).checked_mul(layout.block_bytes));
    let offset = data_start.checked_add(info.offset);
    let end = len.zip(offset).and_then(|(len, offset)| offset.checked_add(len));
    let (Some(len), Some(offset), Some(end)) = (len, offset, end) else {
        let detail = format!(
            "{}: {:?} at {} ends behind 2^64",
            Quoted(&info.name),
            info.dims,
            info.offset
        );
        return Err(corrupt(info.at, detail));
    };
    if end > file_len {
        return Err(FormatError::truncated(FORMAT, offset, len, file_len));
    }
    let plain = layout.block_elements == 1;
    Ok(Some(Tensor {
        name: info.name,
        dtype: layout.dtype,
        type_name: if plain { String::new() } else { layout.name.to_owned() },
        shape: info.dims.into_iter().rev().collect(),
        encoding: if plain { Encoding::Plain } else { Encoding::Other },
        axis: None,
        spans: if len == 0 {
            Vec::new()
        } else {
            vec![Span { file, offset, len }]
        },
    }))
}
