//! TensorFlow.js: `model.json` (layers and graph models) or a bare weights manifest, and its shards.
//!
//! The weights of a group lie one after the other in the concatenation of the group's shards.

use crate::error::Fault;
use crate::input::{Input, Reading, little_endian};
use crate::json;
use crate::layout::elements;
use crate::map::dtype_named;
use crate::{Dtype, Encoding, FileMap, FormatError, Source, Span, Tensor, limits};
use std::vec::IntoIter;
use tensorpress_json::{Place, Problem, Quoted};

const FORMAT: &str = "tfjs";
/// Largest JSON worth parsing; the topology of the largest models has a few megabytes.
const MAX_JSON: u64 = 64 << 20;
/// The most shards of all groups.
const MAX_SHARDS: u64 = 1 << 16;
/// Names of element types that are numbers.
const TYPES: &[(&str, Dtype)] = &[
    ("float32", Dtype::F32),
    ("float16", Dtype::F16),
    ("int32", Dtype::I32),
    ("uint8", Dtype::U8),
    ("uint16", Dtype::U16),
    ("int8", Dtype::I8),
    ("int16", Dtype::I16),
    ("bool", Dtype::Bool),
    ("complex64", Dtype::C64),
];

struct Group {
    paths: Vec<String>,
    weights: Vec<Weight>,
}

#[derive(Default)]
struct Weight {
    name: String,
    shape: Vec<u64>,
    /// The type of the stored elements: that of the quantization if there is one.
    dtype: String,
}

fn read_group(group: Place) -> Result<Group, Problem> {
    Ok(Group {
        paths: group.member("paths", |paths| paths.list(|path| Ok(path.text()?.to_owned())))?,
        weights: group.member("weights", |weights| weights.list(read_weight))?,
    })
}

fn read_weight(weight: Place) -> Result<Weight, Problem> {
    let dtype = weight.member("dtype", |place| place.text())?;
    let stored = weight.optional("quantization", |quantization| {
        quantization.member("dtype", |place| place.text())
    })?;
    Ok(Weight {
        name: weight.member("name", |place| place.text())?.to_owned(),
        shape: weight.member("shape", |shape| shape.numbers())?,
        dtype: stored.unwrap_or(dtype).to_owned(),
    })
}

/// Maps the weights that the JSON `file` lists. A JSON without a manifest is another kind of file.
pub fn read(source: Source, file: usize) -> Reading {
    let mut walk = Walk::default();
    Reading::new(source, file, FORMAT, move |input| walk.map(input))
}

/// A manifest as far as it has been read.
#[derive(Default)]
struct Walk {
    /// The groups that are left, once the manifest is read.
    groups: Option<IntoIter<Group>>,
    /// The group that is being read.
    open: Option<Open>,
    tensors: Vec<Tensor>,
    notes: Vec<String>,
}

/// A group as far as it has been read.
struct Open {
    shards: Shards,
    /// The first shard that is not among the inputs.
    missing: Option<String>,
    /// `None` once the place of the next weight is unknown.
    place: Option<u64>,
    weights: Vec<Weight>,
    /// Weights that are placed.
    done: usize,
    /// Strings of the next one that were stepped over, and their bytes.
    strings: (u64, u64),
}

impl Walk {
    fn map(&mut self, input: &Input) -> Result<FileMap, FormatError> {
        let groups = match &mut self.groups {
            Some(groups) => groups,
            None => {
                let groups = read_manifest(input)?;
                input.settle();
                self.groups.insert(groups.into_iter())
            }
        };
        loop {
            if let Some(open) = &mut self.open {
                while open.done < open.weights.len() {
                    self.tensors.push(open.next(input, &mut self.notes)?);
                }
                if let (None, Some(end)) = (&open.missing, open.place)
                    && end < open.shards.len
                {
                    let left = open.shards.len - end;
                    self.notes
                        .push(format!("{left} bytes behind the last weight of a group"));
                }
            }
            let Some(group) = groups.next() else {
                return Ok(FileMap {
                    format: FORMAT.into(),
                    tensors: std::mem::take(&mut self.tensors),
                    notes: std::mem::take(&mut self.notes),
                });
            };
            let (shards, missing) = Shards::find(input, &group.paths);
            if let Some(name) = &missing {
                self.notes.push(format!(
                    "shard {} is not among the inputs: its weights have no bytes",
                    Quoted(name)
                ));
            }
            self.open = Some(Open {
                shards,
                missing,
                place: Some(0),
                weights: group.weights,
                done: 0,
                strings: (0, 0),
            });
        }
    }
}

fn read_manifest(input: &Input) -> Result<Vec<Group>, FormatError> {
    let len = input.len();
    input.check_limit("MAX_JSON", MAX_JSON, len)?;
    let groups = parse(&input.bytes(0, len)?)?;
    let weights = groups.iter().map(|group| group.weights.len() as u64).sum();
    input.check_limit("MAX_TENSORS", limits::MAX_TENSORS, weights)?;
    let shards = groups.iter().map(|group| group.paths.len() as u64).sum();
    input.check_limit("MAX_SHARDS", MAX_SHARDS, shards)?;
    Ok(groups)
}

fn parse(text: &[u8]) -> Result<Vec<Group>, FormatError> {
    // Most JSON beside a model is settings and vocabularies, which may be long.
    if !mentions_weights(text) {
        return Err(Fault::Other { format: FORMAT }.into());
    }
    let refusal = |problem| FormatError::unsupported(FORMAT, format!("not a weights manifest: {problem}"));
    let bare = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let read = |whole: Place| match bare {
        true => whole.list(read_group).map(Some),
        false => whole.optional("weightsManifest", |groups| groups.list(read_group)),
    };
    let groups = json::read(FORMAT, text, read, refusal)?;
    let groups = groups.filter(|groups| !groups.is_empty());
    groups.ok_or_else(|| Fault::Other { format: FORMAT }.into())
}

/// Whether a JSON lists weights, or is meant to.
fn mentions_weights(text: &[u8]) -> bool {
    let mut words = [&b"weightsManifest"[..], b"paths", b"weights"].map(|word| (word, false));
    for part in text.split(|&byte| byte == b'"') {
        for (word, found) in &mut words {
            *found |= part == *word;
        }
    }
    let [manifest, paths, weights] = words.map(|(_, found)| found);
    manifest || (paths && weights)
}

/// The shards of one group as one run of bytes.
struct Shards {
    /// File, start in the group.
    parts: Vec<(usize, u64)>,
    len: u64,
}

impl Shards {
    /// The shards up to the first missing one, whose name is the second value.
    fn find(input: &Input, paths: &[String]) -> (Self, Option<String>) {
        let mut shards = Shards {
            parts: Vec::with_capacity(paths.len()),
            len: 0,
        };
        for path in paths {
            let end = input.source.sibling(input.file, path).and_then(|part| {
                let end = shards.len.checked_add(input.source.len(part))?;
                shards.parts.push((part, shards.len));
                Some(end)
            });
            match end {
                Some(end) => shards.len = end,
                None => return (shards, Some(path.clone())),
            }
        }
        (shards, None)
    }

    /// The spans of `start..start + len`, which must lie within the shards.
    fn spans(&self, input: &Input, start: u64, len: u64) -> Vec<Span> {
        let end = start + len;
        let first = self.parts.partition_point(|(_, from)| *from <= start).saturating_sub(1);
        let mut spans = Vec::new();
        for &(file, from) in self.parts[first..].iter().take_while(|(_, from)| *from < end) {
            let cut_start = start.max(from);
            let cut_end = end.min(from + input.source.len(file));
            if cut_start < cut_end {
                spans.push(Span {
                    file,
                    offset: cut_start - from,
                    len: cut_end - cut_start,
                });
            }
        }
        spans
    }
}

impl Open {
    /// Places the next weight.
    fn next(&mut self, input: &Input, notes: &mut Vec<String>) -> Result<Tensor, FormatError> {
        let weight = &self.weights[self.done];
        input.check_limit("MAX_RANK", limits::MAX_RANK as u64, weight.shape.len() as u64)?;
        let known = dtype_named(TYPES, &weight.dtype);
        let dtype = known.unwrap_or(Dtype::Opaque);
        let count = elements(&weight.shape);
        let mut len = count.and_then(|count| dtype.bytes_for(count));
        if weight.dtype == "string"
            && let (Some(start), Some(count)) = (self.place, count)
        {
            len = self.strings_len(input, start, count)?;
        }
        let weight = std::mem::take(&mut self.weights[self.done]);
        self.done += 1;
        let start = self.place;
        self.place = start.zip(len).and_then(|(start, len)| start.checked_add(len));
        if start.is_some() && self.place.is_none() {
            notes.push(format!(
                "the size of weight {} is unknown: it ends the map of its group",
                Quoted(&weight.name)
            ));
        }
        let inside = self.place.is_some_and(|end| end <= self.shards.len);
        if self.place.is_some() && !inside && self.missing.is_none() {
            notes.push(format!("weight {} does not fit into its shards", Quoted(&weight.name)));
            self.place = None;
        }
        let spans = match (start, len) {
            (Some(start), Some(len)) if inside && len > 0 => self.shards.spans(input, start, len),
            _ => Vec::new(),
        };
        Ok(Tensor {
            name: weight.name,
            encoding: if dtype == Dtype::Opaque {
                Encoding::Other
            } else {
                Encoding::Plain
            },
            dtype,
            type_name: if known.is_some() { String::new() } else { weight.dtype },
            shape: weight.shape,
            axis: None,
            inflated: None,
            spans,
        })
    }

    /// Bytes of `count` strings from `start` on: each is a 32-bit length and that many bytes.
    /// `None` if they run behind the shards.
    fn strings_len(&mut self, input: &Input, start: u64, count: u64) -> Result<Option<u64>, FormatError> {
        let end = self.shards.len;
        loop {
            let (passed, len) = self.strings;
            let at = start.saturating_add(len);
            let inside = at.checked_add(4).is_some_and(|behind| behind <= end);
            if passed == count || !inside {
                self.strings = (0, 0);
                return Ok((passed == count && at <= end).then_some(len));
            }
            let mut bytes = Vec::with_capacity(4);
            for Span { file, offset, len } in self.shards.spans(input, at, 4) {
                bytes.extend(input.other(file).bytes(offset, len)?);
            }
            self.strings = (passed + 1, len.saturating_add(4 + little_endian(&bytes)));
            input.settle();
        }
    }
}
