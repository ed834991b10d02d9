//! PyTorch `.pt`/`.pth`/`.bin`: a zip of a pickle and raw storages, or from before that a row of both ([`legacy`]).
//!
//! The pickle is walked by a restricted machine that executes nothing ([`machine`]); what it says
//! of tensors is matched with the archive's members. Pickles that go beyond the machine are
//! unsupported and stay opaque.

mod globals;
mod legacy;
mod machine;
mod names;
mod objects;
mod opcodes;
mod value;
mod views;

use crate::error::{FormatError, check_limit};
use crate::limits::MAX_INFLATED;
use crate::map::FileMap;
use crate::source::Source;
use crate::zip::{Member, inflate_start, walk};
use std::collections::HashMap;
use tensorpress_json::Quoted;

pub(crate) use legacy::is_legacy;

const FORMAT: &str = "pytorch";
const ZIP_MAGIC: &[u8; 4] = b"PK\x03\x04";
/// Bytes that tell the two layouts apart.
const HEAD_LEN: u64 = crate::detect::HEAD_LEN as u64;
/// The pickle's place in the archive, below a folder named for the file.
const PICKLE: &str = "data.pkl";
/// Longest content of the `byteorder` member: `little` or `big`.
const MAX_BYTE_ORDER: u64 = 16;

/// Maps one PyTorch file.
pub async fn read(source: Source, file: usize) -> Result<FileMap, FormatError> {
    let head = source.read(FORMAT, file, 0, source.len(file).min(HEAD_LEN)).await?;
    if is_legacy(&head) {
        return legacy::read(source, file).await;
    }
    if !head.starts_with(ZIP_MAGIC) {
        return Err(FormatError::unsupported(
            FORMAT,
            "neither a zip file nor the row of pickles that PyTorch wrote before",
        ));
    }
    let members = walk(&source, FORMAT, file).await?;
    let by_name: HashMap<&str, &Member> = members.iter().map(|m| (m.name.as_str(), m)).collect();
    let pickle = members.iter().find(|m| m.name.rsplit('/').next() == Some(PICKLE));
    let Some(pickle) = pickle else {
        return Err(FormatError::unsupported(FORMAT, "an archive without data.pkl"));
    };
    let folder = pickle.name.strip_suffix(PICKLE).unwrap_or_default();
    let big_endian = is_big_endian(&source, file, by_name.get(format!("{folder}byteorder").as_str())).await?;
    check_limit(FORMAT, "MAX_INFLATED", MAX_INFLATED, pickle.unpacked)?;
    let bytes = inflate_start(&source, FORMAT, file, pickle, pickle.unpacked).await?;
    let heap = machine::run(&bytes)?;
    let named = names::collect(&heap)?;
    let archive = views::Archive {
        file,
        folder,
        members: &by_name,
        big_endian,
    };
    let (tensors, notes) = views::locate(&heap, named, &archive)?;
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors,
        notes,
    })
}

async fn is_big_endian(source: &Source, file: usize, member: Option<&&Member>) -> Result<bool, FormatError> {
    let Some(member) = member else {
        // Files from before the member was introduced come from little-endian machines.
        return Ok(false);
    };
    match &inflate_start(source, FORMAT, file, member, MAX_BYTE_ORDER).await?[..] {
        b"little" => Ok(false),
        b"big" => Ok(true),
        other => Err(FormatError::corrupt(
            FORMAT,
            member.offset,
            format!(
                "byteorder is {}, neither little nor big",
                Quoted(&String::from_utf8_lossy(other))
            ),
        )),
    }
}
