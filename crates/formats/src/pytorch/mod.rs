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

use crate::error::FormatError;
use crate::input::{Input, Reading};
use crate::limits::MAX_PICKLE_STEPS;
use crate::map::FileMap;
use crate::source::{Source, file_name};
use crate::zip::{Member, Zip, inflate_start};
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
pub fn read(source: Source, file: usize) -> Reading {
    let mut zip = Zip::default();
    let mut row = legacy::Row::default();
    Reading::new(source, file, FORMAT, move |input| {
        let head = input.bytes(0, input.len().min(HEAD_LEN))?;
        if is_legacy(&head) {
            row.map(input)
        } else if head.starts_with(ZIP_MAGIC) {
            zip.walk(input)?;
            map(input, &zip.members)
        } else {
            Err(input.unsupported("neither a zip file nor the row of pickles that PyTorch wrote before"))
        }
    })
}

fn map(input: &Input, members: &[Member]) -> Result<FileMap, FormatError> {
    let by_name = views::by_name(members);
    let pickle = members.iter().find(|m| file_name(&m.name) == PICKLE);
    let Some(pickle) = pickle else {
        return Err(input.unsupported("an archive without data.pkl"));
    };
    let folder = pickle.name.strip_suffix(PICKLE).unwrap_or_default();
    let big_endian = match by_name.get(format!("{folder}byteorder").as_str()) {
        Some(member) => is_big_endian(input, member)?,
        // Files from before the member was introduced come from little-endian machines.
        None => false,
    };
    let bytes = inflate_start(input, pickle, pickle.unpacked)?;
    views::map(
        &machine::run(&bytes, &mut { MAX_PICKLE_STEPS })?,
        &views::Archive {
            file: input.file,
            folder,
            members: &by_name,
            big_endian,
        },
    )
}

fn is_big_endian(input: &Input, member: &Member) -> Result<bool, FormatError> {
    match &inflate_start(input, member, MAX_BYTE_ORDER)?[..] {
        b"little" => Ok(false),
        b"big" => Ok(true),
        other => Err(input.corrupt(
            member.offset,
            format!(
                "byteorder is {}, neither little nor big",
                Quoted(&String::from_utf8_lossy(other))
            ),
        )),
    }
}
