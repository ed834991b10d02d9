//! Zip archives: where each member's bytes lie. Shared by the npz and PyTorch readers.
//!
//! The central directory is the authority; local headers are read only for the true start of the
//! data and have to agree on the name. Members that overlap are refused.

mod directory;
mod inflate;

use crate::error::FormatError;
use crate::input::{Input, little_endian};
use crate::limits::MAX_TENSORS;
use crate::order::sort_by_number;
use directory::Listing;

pub use inflate::inflate_start;
use tensorpress_json::Quoted;

/// Bytes of a local header before its name.
const LOCAL_HEADER: u64 = 30;
const LOCAL_SIGNATURE: &[u8; 4] = b"PK\x03\x04";
/// General-purpose flag bits: encrypted, strongly encrypted, masked headers.
const ENCRYPTION_FLAGS: u64 = 1 | 1 << 6 | 1 << 13;

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

/// A walk over an archive.
#[derive(Default)]
pub struct Zip {
    /// Once the directory is read: where it starts, and its entries in the order of their bytes.
    listed: Option<(u64, Vec<Listing>)>,
    /// The members found so far, in the order of their bytes.
    pub members: Vec<Member>,
}

impl Zip {
    /// Finds all members.
    pub fn walk(&mut self, input: &Input) -> Result<(), FormatError> {
        let (limit, listings) = match &mut self.listed {
            Some(listed) => listed,
            None => {
                let directory = directory::find(input)?;
                input.check_limit("MAX_TENSORS", MAX_TENSORS, directory.entries)?;
                let bytes = input.bytes(directory.offset, directory.len)?;
                let mut listings = directory::parse(input, &bytes, &directory)?;
                // In file order the window of one read serves many small members.
                sort_by_number(&mut listings, |l| l.header);
                input.settle();
                self.listed.insert((directory.offset, listings))
            }
        };
        while let Some(listing) = listings.get_mut(self.members.len()) {
            let header = listing.header;
            if self.members.last().is_some_and(|last| header < last.offset + last.len) {
                let detail = format!("member {} overlaps the one before", Quoted(&listing.name));
                return Err(input.corrupt(header, detail));
            }
            let member = locate(input, listing, *limit)?;
            self.members.push(member);
            input.settle();
        }
        Ok(())
    }
}

/// Reads a member's local header; its data has to end before `limit`, where the directory starts. Takes its name.
fn locate(input: &Input, listing: &mut Listing, limit: u64) -> Result<Member, FormatError> {
    let at = listing.header;
    let header = input.bytes(at, LOCAL_HEADER)?;
    let fail = |problem: &str| input.corrupt(at, format!("member {}: {problem}", Quoted(&listing.name)));
    if &header[..4] != LOCAL_SIGNATURE {
        return Err(fail("no local header"));
    }
    let [name_len, extra_len] = [26, 28].map(|field| little_endian(&header[field..field + 2]));
    // The header was within the file, so these sums stay far below 2^64.
    if input.bytes(at + LOCAL_HEADER, name_len)? != listing.raw_name {
        return Err(fail("the local header has another name"));
    }
    let offset = at + LOCAL_HEADER + name_len + extra_len;
    let Listing { len, unpacked, .. } = *listing;
    if offset.checked_add(len).is_none_or(|end| end > limit) {
        return Err(fail(&format!("reaches into the directory with its {len} bytes")));
    }
    let method = match listing.method {
        _ if listing.flags & ENCRYPTION_FLAGS != 0 => Method::Other,
        0 if len == unpacked => Method::Stored,
        0 => return Err(fail(&format!("a stored member of {len} bytes for {unpacked}"))),
        8 => Method::Deflated,
        _ => Method::Other,
    };
    Ok(Member {
        name: std::mem::take(&mut listing.name),
        method,
        offset,
        len,
        unpacked,
    })
}
