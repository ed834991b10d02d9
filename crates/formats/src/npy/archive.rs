//! `.npz`: a zip archive of `.npy` members, stored or deflated.

use super::header::{self, PREFIX_MAX};
use super::{note_order, read_array, tensor, too_long};
use crate::error::FormatError;
use crate::limits::{MAX_INFLATED, MAX_TENSORS};
use crate::map::{Encoding, FileMap, Span, Tensor};
use crate::source::Source;
use crate::zip::{Member, Method, inflate_start, walk};
use tensorpress_json::Quoted;

const FORMAT: &str = "npz";

/// Maps one `.npz` file. A deflated member is one tensor whose span is the deflate stream.
///
/// A member that is no readable array stays skeleton and is noted.
pub async fn read_npz(source: Source, file: usize) -> Result<FileMap, FormatError> {
    let members = walk(&source, FORMAT, file).await?;
    let mut tensors = Vec::new();
    let mut notes = Vec::new();
    // All headers together, so that many small bombs are no more than one.
    let mut budget = MAX_INFLATED;
    for member in &members {
        let Some(name) = member.name.strip_suffix(".npy") else {
            continue;
        };
        let name = name.to_owned();
        let found = match member.method {
            Method::Stored => read_array(&source, FORMAT, file, member.offset, member.len, name, &mut notes).await,
            _ => read_deflated(&source, file, member, name, &mut budget, &mut notes).await,
        };
        match found {
            Ok(tensor) => tensors.push(tensor),
            Err(error) => notes.push(format!("member {} is left as it is: {error}", Quoted(&member.name))),
        }
    }
    debug_assert!(tensors.len() as u64 <= MAX_TENSORS, "walk caps the members");
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors,
        notes,
    })
}

async fn read_deflated(
    source: &Source,
    file: usize,
    member: &Member,
    name: String,
    budget: &mut u64,
    notes: &mut Vec<String>,
) -> Result<Tensor, FormatError> {
    let prefix = inflate_start(source, FORMAT, file, member, PREFIX_MAX).await?;
    let header_len = header::data_offset(FORMAT, &prefix)?;
    *budget = budget
        .checked_sub(header_len)
        .ok_or_else(|| too_long(FORMAT, header_len))?;
    let bytes = inflate_start(source, FORMAT, file, member, header_len).await?;
    let header = header::parse(FORMAT, &bytes)?;
    note_order(&header, &name, notes);
    let span = Span {
        file,
        offset: member.offset,
        len: member.len,
    };
    let spans = if member.len == 0 { Vec::new() } else { vec![span] };
    Ok(tensor(header, name, Encoding::Deflate, spans))
}
