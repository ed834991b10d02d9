//! Files from before the zip format (`torch.save(…, _use_new_zipfile_serialization=False)`): five pickles in a row, then
//! the storages, each behind its number of elements (`_legacy_save` in PyTorch's `serialization.py`).

use super::FORMAT;
use super::machine::{self, Result};
use super::value::{Heap, Node, Storage, Value};
use super::{names, views};
use crate::error::{Fault, FormatError, check_limit};
use crate::limits::{MAX_INFLATED, MAX_TENSORS};
use crate::map::FileMap;
use crate::source::{READ_AHEAD, Source};
use crate::zip::{Member, Method};
use std::collections::HashMap;
use tensorpress_json::Quoted;

/// The first pickle behind its protocol and frame: a number of ten bytes, 0x1950a86a20f9469cfc6c, and STOP.
const MAGIC: [u8; 13] = *b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// Where it can begin: behind PROTO, or PROTO and FRAME.
const PLACES: [usize; 2] = [2, 11];
/// The second pickle: the version of this layout, which never changed.
const VERSION: i64 = 1001;

/// Whether a file that begins with `head` has this layout.
pub(crate) fn is_legacy(head: &[u8]) -> bool {
    head.first() == Some(&0x80) && PLACES.iter().any(|&at| head.get(at..at + MAGIC.len()) == Some(&MAGIC))
}

/// Maps one such file.
pub(super) async fn read(source: Source, file: usize) -> Result<FileMap> {
    let most = source.len(file).min(MAX_INFLATED);
    // How long the pickles are only shows when they are run.
    let mut len = most.min(READ_AHEAD);
    let bytes = loop {
        let bytes = source.read(FORMAT, file, 0, len).await?;
        match Pickles::run(&bytes) {
            Ok(_) => break bytes,
            Err(error) if is_truncated(&error) && len < most => len = most.min(len * 4),
            Err(error) if is_truncated(&error) && len < source.len(file) => {
                return Err(FormatError::limit(
                    FORMAT,
                    "MAX_INFLATED",
                    MAX_INFLATED,
                    source.len(file),
                ));
            }
            Err(error) => return Err(error),
        }
    };
    let pickles = Pickles::run(&bytes)?;
    let members = storages(&source, file, &pickles).await?;
    let archive = views::Archive {
        file,
        folder: "",
        members: &members.iter().map(|m| (m.name.as_str(), m)).collect(),
        // PyTorch writes storages in little-endian order on every machine.
        big_endian: false,
    };
    let named = names::collect(&pickles.object)?;
    let (tensors, notes) = views::locate(&pickles.object, named, &archive)?;
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors,
        notes,
    })
}

/// What the pickles say.
struct Pickles<'a> {
    object: Heap<'a>,
    /// The storages' keys in the order of their bytes.
    keys: Vec<&'a str>,
    /// Bytes of all pickles.
    len: usize,
}

impl<'a> Pickles<'a> {
    /// Runs the pickles at the start of `bytes`: magic number, version, facts about the machine, object, keys.
    fn run(bytes: &'a [u8]) -> Result<Self> {
        let mut len = 0;
        let mut next = || -> Result<Heap<'a>> {
            let heap = machine::run(&bytes[len..])?;
            len += heap.len;
            Ok(heap)
        };
        let [_, version, _, object, list] = [next()?, next()?, next()?, next()?, next()?];
        if version.root != Value::Int(VERSION) {
            return Err(FormatError::unsupported(
                FORMAT,
                format!("a file from before the zip format whose version is not {VERSION}"),
            ));
        }
        let keys = match list.root {
            Value::Node(node) => match &list.nodes[node] {
                Node::Sequence(keys) => keys.iter().map(text).collect(),
                _ => None,
            },
            _ => None,
        };
        let keys: Vec<&str> = keys.ok_or_else(|| corrupt(len as u64, "the list of storages holds no names"))?;
        check_limit(FORMAT, "MAX_TENSORS", MAX_TENSORS, keys.len() as u64)?;
        Ok(Pickles { object, keys, len })
    }
}

fn text<'a>(value: &Value<'a>) -> Option<&'a str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn is_truncated(error: &FormatError) -> bool {
    matches!(error.fault(), Fault::Truncated { .. })
}

fn corrupt(offset: u64, detail: impl Into<String>) -> FormatError {
    FormatError::corrupt(FORMAT, offset, detail)
}

/// Steps over the storages. They become members as a zip file has them.
async fn storages(source: &Source, file: usize, pickles: &Pickles<'_>) -> Result<Vec<Member>> {
    let mut widths: HashMap<&str, u64> = HashMap::new();
    for node in &pickles.object.nodes {
        if let Node::Storage(Storage { element, key }) = node {
            // An untyped storage counts bytes.
            let width = element.map_or(1, |element| element.bytes);
            if *widths.entry(key).or_insert(width) != width {
                return Err(corrupt(
                    0,
                    format!("storage {} has elements of two widths", Quoted(key)),
                ));
            }
        }
    }
    let mut members = Vec::with_capacity(pickles.keys.len());
    let mut at = pickles.len as u64;
    for key in &pickles.keys {
        // Taken out, so that a key that is listed twice is missing the second time.
        let Some(width) = widths.remove(key) else {
            return Err(corrupt(
                at,
                format!("storage {} is listed twice or belongs to no tensor", Quoted(key)),
            ));
        };
        let count = source.read(FORMAT, file, at, 8).await?;
        let count = count.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let begin = at + 8;
        let rest = source.len(file) - begin;
        let Some(len) = count.checked_mul(width).filter(|len| *len <= rest) else {
            let detail = format!(
                "storage {} of {count} elements of {width} bytes, but {rest} bytes are left",
                Quoted(key)
            );
            return Err(corrupt(at, detail));
        };
        members.push(Member {
            name: format!("data/{key}"),
            method: Method::Stored,
            offset: begin,
            len,
            unpacked: len,
        });
        at = begin + len;
    }
    Ok(members)
}
