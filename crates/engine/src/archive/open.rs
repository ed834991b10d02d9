//! Opening an archive: reads its header and manifest, and checks that they agree with each other.

use super::Archive;
use crate::EngineError;
use crate::fault::{corrupt, from_read, limit, truncated};
use crate::header::{self, Entry, align};
use crate::limits::MAX_HEADER;
use crate::manifest::{self, Manifest};
use crate::plan::{Machine, Step};
use std::rc::Rc;
use tensorpress_formats::{InputFile, Mapper, Source};

/// Opens an archive without holding it: says which bytes it needs.
pub struct Opener(Machine<Archive>);

impl Opener {
    /// `total_len` is the archive's length where it is known.
    pub fn new(total_len: Option<u64>) -> Self {
        let file = InputFile {
            path: "archive".to_owned(),
            len: total_len.unwrap_or(u64::MAX),
        };
        let known = total_len.is_some();
        Opener(Machine::new(Mapper::new(Rc::new(vec![file]), move |source| {
            open(source, known)
        })))
    }

    /// What to do next.
    pub fn poll(&mut self) -> Step {
        self.0.poll()
    }

    /// Answers the last need with exactly its bytes.
    pub fn supply(&mut self, bytes: Vec<u8>) -> Result<(), EngineError> {
        self.0.supply(bytes)
    }

    /// The archive, once `poll` has said `Done`.
    pub fn finish(self) -> Result<Archive, EngineError> {
        self.0.finish()
    }
}

async fn open(source: Source, known: bool) -> Result<Archive, EngineError> {
    let read = async |offset, len| {
        let bytes = match known {
            true => source.read("archive", 0, offset, len).await,
            false => source.read_only("archive", 0, offset, len).await,
        };
        bytes.map_err(from_read)
    };
    let mut prefix = [0; 8];
    prefix.copy_from_slice(&read(0, 8).await?);
    let header_len = u64::from_le_bytes(prefix);
    if header_len > MAX_HEADER {
        return Err(limit("MAX_HEADER", MAX_HEADER, header_len));
    }
    if !(header_len + 8).is_multiple_of(header::ALIGN) {
        return Err(corrupt(
            "header",
            format!(
                "has {header_len} bytes; with its 8 length bytes it must fill a multiple of {}",
                header::ALIGN
            ),
        ));
    }
    let header = read(8, header_len).await?;
    let entries = header::parse(&header)?;
    let data = 8 + header_len;
    let end = data.saturating_add(entries.last().map_or(0, |e| e.start + e.len));
    if known && end > source.len(0) {
        return Err(truncated("archive", end, source.len(0)));
    }
    if known && end < source.len(0) {
        return Err(corrupt(
            "archive",
            format!("has {} bytes, its header declares {end}", source.len(0)),
        ));
    }
    manifest::check_len(entries[0].len)?;
    let entry = read(data, entries[0].len).await?;
    let manifest = manifest::parse(&entry, &header)?;
    check_entries(&manifest, &entries[1..])?;
    Ok(Archive::new(manifest, data, &entries))
}

/// The header's entries are the plan's streams, and as long as their blocks.
fn check_entries(manifest: &Manifest, entries: &[Entry]) -> Result<(), EngineError> {
    let streams = &manifest.plan.streams;
    if entries.len() != streams.len() {
        return Err(corrupt(
            "header",
            format!("{} entries for {} streams", entries.len(), streams.len()),
        ));
    }
    for (index, (entry, stream)) in entries.iter().zip(streams).enumerate() {
        if entry.name != stream.name {
            return Err(corrupt(
                "header",
                format!("entry {:?}, expected {:?}", entry.name, stream.name),
            ));
        }
        let blocks = manifest.index.first[index]..manifest.index.first[index + 1];
        // At most 2^28 blocks of less than 2^25 bytes.
        let encoded: u64 = manifest.index.lens[blocks].iter().map(|len| u64::from(*len)).sum();
        if align(encoded) != Some(entry.len) {
            return Err(corrupt(
                "header",
                format!("entry {:?} has {} bytes, its blocks {encoded}", entry.name, entry.len),
            ));
        }
    }
    Ok(())
}
