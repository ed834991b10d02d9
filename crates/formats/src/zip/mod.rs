//! Zip archives: where each member's bytes lie. Shared by the npz and PyTorch readers.
//!
//! The central directory is the authority; local headers are read only for the true start of the
//! data and have to agree on the name. Members that overlap are refused.

mod directory;
mod inflate;

use crate::error::{FormatError, check_limit};
use crate::limits::MAX_TENSORS;
use crate::order::sort_by_number;
use crate::source::Source;
use directory::Listing;

pub use inflate::inflate_start;
use tensorpress_json::Quoted;

/// Bytes of a local header before its name.
const LOCAL_HEADER: u64 = 30;
const LOCAL_SIGNATURE: &[u8; 4] = b"PK\x03\x04";
/// General-purpose flag bits: encrypted, strongly encrypted, masked headers.
const ENCRYPTION_FLAGS: u16 = 1 | 1 << 6 | 1 << 13;

/// How a member's bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// One raw deflate stream.
    Deflated,
    /// Encrypted or another compression method.
    Other,
}

/// One member of an archive.
#[derive(Debug, Clone)]
pub struct Member {
    /// Path within the archive.
    pub name: String,
    /// How the bytes are packed.
    pub method: Method,
    /// File offset of the packed bytes.
    pub offset: u64,
    /// Number of packed bytes.
    pub len: u64,
    /// Number of bytes once unpacked, as the directory says: a claim, not a fact.
    pub unpacked: u64,
}

/// Lists the members of a zip file, in the order of their bytes. `format` names the caller in errors.
pub async fn walk(source: &Source, format: &'static str, file: usize) -> Result<Vec<Member>, FormatError> {
    let directory = directory::find(source, format, file).await?;
    check_limit(format, "MAX_TENSORS", MAX_TENSORS, directory.entries)?;
    let bytes = source.read(format, file, directory.offset, directory.len).await?;
    let mut listings = directory::parse(format, &bytes, &directory)?;
    drop(bytes);
    // In file order the window of one read serves many small members.
    sort_by_number(&mut listings, |l| l.header);
    let mut members = Vec::new();
    let mut end = 0;
    for listing in listings {
        let header = listing.header;
        if header < end {
            return Err(corrupt(
                format,
                header,
                format!("member {} overlaps the one before", Quoted(&listing.name)),
            ));
        }
        let member = locate(source, format, file, listing, directory.offset).await?;
        end = member.offset + member.len;
        members.push(member);
    }
    Ok(members)
}

fn corrupt(format: &'static str, offset: u64, detail: impl Into<String>) -> FormatError {
    FormatError::corrupt(format, offset, detail)
}

/// Reads a member's local header; its data has to end before `limit`, where the directory starts.
async fn locate(
    source: &Source,
    format: &'static str,
    file: usize,
    listing: Listing,
    limit: u64,
) -> Result<Member, FormatError> {
    let at = listing.header;
    let header = source.read(format, file, at, LOCAL_HEADER).await?;
    if &header[..4] != LOCAL_SIGNATURE {
        return Err(corrupt(
            format,
            at,
            format!("no local header for member {}", Quoted(&listing.name)),
        ));
    }
    let name_len = u64::from(u16::from_le_bytes([header[26], header[27]]));
    let extra_len = u64::from(u16::from_le_bytes([header[28], header[29]]));
    // The header was within the file, so these sums stay far below 2^64.
    let name = source.read(format, file, at + LOCAL_HEADER, name_len).await?;
    if name != listing.raw_name {
        return Err(corrupt(
            format,
            at,
            format!("the local header of {} has another name", Quoted(&listing.name)),
        ));
    }
    let offset = at + LOCAL_HEADER + name_len + extra_len;
    if offset.checked_add(listing.len).is_none_or(|end| end > limit) {
        let detail = format!(
            "member {} of {} bytes reaches into the directory",
            Quoted(&listing.name),
            listing.len
        );
        return Err(corrupt(format, at, detail));
    }
    let method = match listing.method {
        _ if listing.flags & ENCRYPTION_FLAGS != 0 => Method::Other,
        0 if listing.len == listing.unpacked => Method::Stored,
        0 => {
            let detail = format!(
                "stored member {}: {} bytes for {}",
                Quoted(&listing.name),
                listing.len,
                listing.unpacked
            );
            return Err(corrupt(format, at, detail));
        }
        8 => Method::Deflated,
        _ => Method::Other,
    };
    Ok(Member {
        name: listing.name,
        method,
        offset,
        len: listing.len,
        unpacked: listing.unpacked,
    })
}
