//! Files from before the zip format (`torch.save(…, _use_new_zipfile_serialization=False)`): five pickles in a row, then
//! the storages, each behind its number of elements (`_legacy_save` in PyTorch's `serialization.py`).

use super::FORMAT;
use super::machine::{self, Result};
use super::value::{Heap, Node, Storage, Value};
use super::views;
use crate::error::{Fault, FormatError, check_limit};
use crate::input::Input;
use crate::limits::{MAX_INFLATED, MAX_PICKLE_STEPS, MAX_TENSORS};
use crate::map::FileMap;
use crate::ordered::Map;
use crate::source::READ_AHEAD;
use crate::zip::{Member, Method};
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

/// A file of this layout, as far as it has been read.
#[derive(Default)]
pub(super) struct Row {
    /// The start of the file, once it is known to hold all pickles.
    bytes: Vec<u8>,
    /// The storages in the order of their bytes: key, and bytes of an element.
    listed: Vec<(String, u64)>,
    /// The storages that were stepped over, as members that a zip file would have.
    members: Vec<Member>,
    /// Where the next one starts.
    at: u64,
}

impl Row {
    /// Maps the file.
    pub(super) fn map(&mut self, input: &Input) -> Result<FileMap> {
        if self.bytes.is_empty() {
            let bytes = read_pickles(input)?;
            let pickles = Pickles::run(&bytes)?;
            self.at = pickles.len as u64;
            self.listed = pickles.list()?;
            self.bytes = bytes;
        }
        while let Some((key, width)) = self.listed.get(self.members.len()) {
            let member = storage(input, key, *width, self.at)?;
            self.at = member.offset + member.len;
            self.members.push(member);
            input.settle();
        }
        views::map(
            &Pickles::run(&self.bytes)?.object,
            &views::Archive {
                file: input.file,
                folder: "",
                members: &views::by_name(&self.members),
                // PyTorch writes storages in little-endian order on every machine.
                big_endian: false,
            },
        )
    }
}

/// The start of the file with all pickles: how long they are only shows when they are run.
fn read_pickles(input: &Input) -> Result<Vec<u8>> {
    let total = input.len();
    let most = total.min(MAX_INFLATED);
    let mut len = most.min(READ_AHEAD);
    loop {
        let bytes = input.bytes(0, len)?;
        match Pickles::run(&bytes) {
            Ok(_) => return Ok(bytes),
            Err(error) if is_truncated(&error) && len < most => len = most.min(len * 4),
            Err(error) if is_truncated(&error) && len < total => {
                return Err(FormatError::limit(FORMAT, "MAX_INFLATED", MAX_INFLATED, total));
            }
            Err(error) => return Err(error),
        }
    }
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
        let (mut len, mut left) = (0, MAX_PICKLE_STEPS);
        let mut next = || -> Result<Heap<'a>> {
            let heap = machine::run(&bytes[len..], &mut left)?;
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

    /// The listed storages, and how many bytes an element of each has.
    fn list(&self) -> Result<Vec<(String, u64)>> {
        let mut widths: Map<&str, Option<u64>> = Map::default();
        for node in &self.object.nodes {
            if let Node::Storage(Storage { element, key }) = node {
                // An untyped storage counts bytes.
                let width = Some(element.map_or(1, |element| element.bytes));
                if *widths.entry(key, width) != width {
                    return Err(corrupt(
                        0,
                        format!("storage {} has elements of two widths", Quoted(key)),
                    ));
                }
            }
        }
        let keys = self.keys.iter().map(|key| match widths.entry(key, None).take() {
            Some(width) => Ok((key.to_string(), width)),
            // Taken out, so that a key that is listed twice is missing the second time.
            None => Err(corrupt(
                self.len as u64,
                format!("storage {} is listed twice or belongs to no tensor", Quoted(key)),
            )),
        });
        keys.collect()
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

/// The storage at `at`: its number of elements, and behind that its bytes.
fn storage(input: &Input, key: &str, width: u64, at: u64) -> Result<Member> {
    let count = input.number(at, 8)?;
    let offset = at + 8;
    let rest = input.len() - offset;
    let Some(len) = count.checked_mul(width).filter(|len| *len <= rest) else {
        let detail = format!(
            "storage {} of {count} elements of {width} bytes, but {rest} bytes are left",
            Quoted(key)
        );
        return Err(corrupt(at, detail));
    };
    Ok(Member {
        name: format!("data/{key}"),
        method: Method::Stored,
        offset,
        len,
        unpacked: len,
    })
}
