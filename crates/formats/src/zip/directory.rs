//! The end record, its zip64 form, and the central directory.

use super::corrupt;
use crate::error::FormatError;
use crate::source::Source;

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
const ZIP64_EXTRA: u16 = 1;

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
    pub flags: u16,
    /// Compression method.
    pub method: u16,
    /// Packed bytes.
    pub len: u64,
    /// Unpacked bytes.
    pub unpacked: u64,
    /// File offset of the local header.
    pub header: u64,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// Finds the end record from the file's tail, and follows it to zip64's where there is one.
pub async fn find(source: &Source, format: &'static str, file: usize) -> Result<Directory, FormatError> {
    let len = source.len(file);
    let tail_start = len.saturating_sub(END_RECORD + MAX_COMMENT + LOCATOR);
    let tail = source.read(format, file, tail_start, len - tail_start).await?;
    let end = find_end_record(&tail).ok_or_else(|| corrupt(format, len, "no end-of-directory record"))?;
    let end_at = tail_start + end as u64;
    let record = &tail[end..];
    let (disk, first_disk) = (u16_at(record, 4), u16_at(record, 6));
    let mut directory = Directory {
        entries: u64::from(u16_at(record, 10)),
        len: u64::from(u32_at(record, 12)),
        offset: u64::from(u32_at(record, 16)),
    };
    let mut limit = end_at;
    let locator = end.checked_sub(LOCATOR as usize).map(|at| &tail[at..end]);
    if let Some(locator) = locator.filter(|l| &l[..4] == LOCATOR_SIGNATURE) {
        limit = u64_at(locator, 8);
        let record = source.read(format, file, limit, END64_RECORD).await?;
        if &record[..4] != END64_SIGNATURE {
            return Err(corrupt(
                format,
                limit,
                "no zip64 end record where the locator points".to_owned(),
            ));
        }
        directory = Directory {
            entries: u64_at(&record, 32),
            len: u64_at(&record, 40),
            offset: u64_at(&record, 48),
        };
    } else if disk != 0 || first_disk != 0 {
        let detail = "archive of several disks".to_owned();
        return Err(FormatError::unsupported(format, detail));
    }
    if directory
        .offset
        .checked_add(directory.len)
        .is_none_or(|end| end > limit)
    {
        let detail = format!(
            "directory of {} bytes at {} reaches behind its end record",
            directory.len, directory.offset
        );
        return Err(corrupt(format, end_at, detail));
    }
    Ok(directory)
}

/// Position of the last end record whose comment ends with the file.
fn find_end_record(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END_RECORD as usize)?;
    (0..=last).rev().find(|&at| {
        let comment = || usize::from(u16_at(tail, at + 20));
        &tail[at..at + 4] == END_SIGNATURE && at + END_RECORD as usize + comment() == tail.len()
    })
}

/// Parses the directory's bytes.
pub fn parse(format: &'static str, bytes: &[u8], directory: &Directory) -> Result<Vec<Listing>, FormatError> {
    let mut listings = Vec::new();
    let mut rest = bytes;
    for _ in 0..directory.entries {
        let at = directory.offset + (bytes.len() - rest.len()) as u64;
        let fail = |detail: &str| corrupt(format, at, detail.to_owned());
        if rest.len() < ENTRY || &rest[..4] != ENTRY_SIGNATURE {
            return Err(fail("no directory entry where one is due"));
        }
        let (entry, tail) = rest.split_at(ENTRY);
        let [name, extra, comment] = [28, 30, 32].map(|field| usize::from(u16_at(entry, field)));
        if tail.len() < name + extra + comment {
            return Err(fail("a directory entry ends behind the directory"));
        }
        let mut listing = Listing {
            name: String::from_utf8_lossy(&tail[..name]).into_owned(),
            raw_name: tail[..name].to_vec(),
            flags: u16_at(entry, 8),
            method: u16_at(entry, 10),
            len: u64::from(u32_at(entry, 20)),
            unpacked: u64::from(u32_at(entry, 24)),
            header: u64::from(u32_at(entry, 42)),
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
            *value = u64_at(left.get(..8)?, 0);
            field = Some(&left[8..]);
        }
    }
    Some(())
}

fn find_extra(mut extra: &[u8], id: u16) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let len = usize::from(u16_at(extra, 2));
        let field = extra.get(4..4 + len)?;
        if u16_at(extra, 0) == id {
            return Some(field);
        }
        extra = &extra[4 + len..];
    }
    None
}
