//! The end record, its zip64 form, and the central directory.

use crate::error::FormatError;
use crate::input::{Input, little_endian};

const END_RECORD: u64 = 22;
const END_SIGNATURE: &[u8; 4] = b"PK\x05\x06";
const LOCATOR: u64 = 20;
const LOCATOR_SIGNATURE: &[u8; 4] = b"PK\x06\x07";
const END64_RECORD: u64 = 56;
const END64_SIGNATURE: &[u8; 4] = b"PK\x06\x06";
const ENTRY: usize = 46;
const ENTRY_SIGNATURE: &[u8; 4] = b"PK\x01\x02";
/// Longest archive comment.
const MAX_COMMENT: u64 = u16::MAX as u64;
/// Extra field that holds the sizes and offset that do not fit 32 bits.
const ZIP64_EXTRA: u64 = 1;

/// Where the central directory is.
pub struct Directory {
    /// File offset of its first entry.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
    /// How many entries it claims.
    pub entries: u64,
}

/// One entry of the central directory.
pub struct Listing {
    /// Name, with replacement characters where it is not UTF-8.
    pub name: String,
    /// The name's bytes.
    pub raw_name: Vec<u8>,
    /// General-purpose flags.
    pub flags: u64,
    /// Compression method.
    pub method: u64,
    /// Packed bytes.
    pub len: u64,
    /// Unpacked bytes.
    pub unpacked: u64,
    /// File offset of the local header.
    pub header: u64,
}

/// The number in `width` bytes.
fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    little_endian(&bytes[at..at + width])
}

/// Finds the end record from the file's tail, and follows it to zip64's where there is one.
pub fn find(input: &Input) -> Result<Directory, FormatError> {
    let len = input.len();
    let tail_start = len.saturating_sub(END_RECORD + MAX_COMMENT + LOCATOR);
    let tail = input.bytes(tail_start, len - tail_start)?;
    let end = find_end_record(&tail).ok_or_else(|| input.corrupt(len, "no end-of-directory record"))?;
    let end_at = tail_start + end as u64;
    let record = &tail[end..];
    let mut directory = Directory {
        entries: number(record, 10, 2),
        len: number(record, 12, 4),
        offset: number(record, 16, 4),
    };
    let mut limit = end_at;
    let locator = end.checked_sub(LOCATOR as usize).map(|at| &tail[at..end]);
    if let Some(locator) = locator.filter(|l| &l[..4] == LOCATOR_SIGNATURE) {
        limit = number(locator, 8, 8);
        let record = input.bytes(limit, END64_RECORD)?;
        if &record[..4] != END64_SIGNATURE {
            return Err(input.corrupt(limit, "no zip64 end record where the locator points"));
        }
        directory = Directory {
            entries: number(&record, 32, 8),
            len: number(&record, 40, 8),
            offset: number(&record, 48, 8),
        };
    } else if number(record, 4, 4) != 0 {
        // Numbers of this disk and of the directory's first.
        return Err(input.unsupported("archive of several disks"));
    }
    let Directory { offset, len, .. } = directory;
    if offset.checked_add(len).is_none_or(|end| end > limit) {
        let detail = format!("directory of {len} bytes at {offset} reaches behind its end record");
        return Err(input.corrupt(end_at, detail));
    }
    Ok(directory)
}

/// Position of the last end record whose comment ends with the file.
fn find_end_record(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END_RECORD as usize)?;
    (0..=last).rev().find(|&at| {
        let comment = || number(tail, at + 20, 2) as usize;
        &tail[at..at + 4] == END_SIGNATURE && at + END_RECORD as usize + comment() == tail.len()
    })
}

/// Parses the directory's bytes.
pub fn parse(input: &Input, bytes: &[u8], directory: &Directory) -> Result<Vec<Listing>, FormatError> {
    let mut listings = Vec::new();
    let mut rest = bytes;
    for _ in 0..directory.entries {
        let at = directory.offset + (bytes.len() - rest.len()) as u64;
        let fail = |detail: &str| input.corrupt(at, detail);
        if rest.len() < ENTRY || &rest[..4] != ENTRY_SIGNATURE {
            return Err(fail("no directory entry where one is due"));
        }
        let (entry, tail) = rest.split_at(ENTRY);
        let [name, extra, comment] = [28, 30, 32].map(|field| number(entry, field, 2) as usize);
        if tail.len() < name + extra + comment {
            return Err(fail("a directory entry ends behind the directory"));
        }
        let mut listing = Listing {
            name: String::from_utf8_lossy(&tail[..name]).into_owned(),
            raw_name: tail[..name].to_vec(),
            flags: number(entry, 8, 2),
            method: number(entry, 10, 2),
            len: number(entry, 20, 4),
            unpacked: number(entry, 24, 4),
            header: number(entry, 42, 4),
        };
        widen(&mut listing, &tail[name..name + extra]).ok_or_else(|| fail("a zip64 field is missing"))?;
        listings.push(listing);
        rest = &tail[name + extra + comment..];
    }
    Ok(listings)
}

/// Takes the values that the entry leaves to the zip64 field: those that are all ones, in this order.
fn widen(listing: &mut Listing, extra: &[u8]) -> Option<()> {
    const WIDE: u64 = u32::MAX as u64;
    let mut field = None;
    for value in [&mut listing.unpacked, &mut listing.len, &mut listing.header] {
        if *value == WIDE {
            let left: &[u8] = match field {
                Some(left) => left,
                None => find_extra(extra, ZIP64_EXTRA)?,
            };
            *value = little_endian(left.get(..8)?);
            field = Some(&left[8..]);
        }
    }
    Some(())
}

fn find_extra(mut extra: &[u8], id: u64) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let len = number(extra, 2, 2) as usize;
        let field = extra.get(4..4 + len)?;
        if number(extra, 0, 2) == id {
            return Some(field);
        }
        extra = &extra[4 + len..];
    }
    None
}
