//! TensorFlow.js: `model.json` (layers and graph models) or a bare weights manifest, and its shards.
//!
//! The weights of a group lie one after the other in the concatenation of the group's shards.

use crate::error::Fault;
use crate::json;
use crate::layout::elements;
use crate::{Dtype, Encoding, FileMap, FormatError, Source, Span, Tensor, limits};
use serde::Deserialize;
use tensorpress_json::Quoted;

const FORMAT: &str = "tfjs";
/// Largest JSON worth parsing; the topology of the largest models has a few megabytes.
const MAX_JSON: u64 = 64 << 20;
/// Most shards of all groups.
const MAX_SHARDS: u64 = 1 << 16;

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "weightsManifest")]
    manifest: Option<Vec<Group>>,
}

#[derive(Deserialize)]
struct Group {
    paths: Vec<String>,
    weights: Vec<Weight>,
}

#[derive(Deserialize)]
struct Weight {
    name: String,
    shape: Vec<u64>,
    dtype: String,
    quantization: Option<Quantization>,
}

#[derive(Deserialize)]
struct Quantization {
    dtype: String,
}

/// Maps the weights that the JSON `file` lists. A JSON without a manifest is another kind of file.
pub async fn read(source: Source, file: usize) -> Result<FileMap, FormatError> {
    let len = source.len(file);
    crate::error::check_limit(FORMAT, "MAX_JSON", MAX_JSON, len)?;
    let text = source.read(FORMAT, file, 0, len).await?;
    let groups = parse(&text)?;
    crate::error::check_limit(
        FORMAT,
        "MAX_TENSORS",
        limits::MAX_TENSORS,
        groups.iter().map(|group| group.weights.len() as u64).sum(),
    )?;
    crate::error::check_limit(
        FORMAT,
        "MAX_SHARDS",
        MAX_SHARDS,
        groups.iter().map(|group| group.paths.len() as u64).sum(),
    )?;
    let mut map = FileMap {
        format: FORMAT.into(),
        ..FileMap::default()
    };
    for group in groups {
        read_group(&source, file, group, &mut map).await?;
    }
    Ok(map)
}

fn parse(text: &[u8]) -> Result<Vec<Group>, FormatError> {
    // Most JSON beside a model is settings and vocabularies, which may be long.
    if !mentions_weights(text) {
        return Err(Fault::Other { format: FORMAT }.into());
    }
    let refusal = |problem| FormatError::unsupported(FORMAT, format!("not a weights manifest: {problem}"));
    let bare = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let groups = match bare {
        true => json::read(FORMAT, text, refusal)?,
        false => json::read::<Model>(FORMAT, text, refusal)?.manifest.unwrap_or_default(),
    };
    if groups.is_empty() {
        return Err(Fault::Other { format: FORMAT }.into());
    }
    Ok(groups)
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
    fn find(source: &Source, file: usize, paths: &[String]) -> (Self, Option<String>) {
        let mut shards = Shards {
            parts: Vec::with_capacity(paths.len()),
            len: 0,
        };
        for path in paths {
            let end = source.sibling(file, path).and_then(|part| {
                let end = shards.len.checked_add(source.len(part))?;
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
    fn spans(&self, source: &Source, start: u64, len: u64) -> Vec<Span> {
        let end = start + len;
        let first = self.parts.partition_point(|(_, from)| *from <= start).saturating_sub(1);
        let mut spans = Vec::new();
        for &(file, from) in self.parts[first..].iter().take_while(|(_, from)| *from < end) {
            let cut_start = start.max(from);
            let cut_end = end.min(from + source.len(file));
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

async fn read_group(source: &Source, file: usize, group: Group, map: &mut FileMap) -> Result<(), FormatError> {
    let (shards, missing) = Shards::find(source, file, &group.paths);
    if let Some(name) = &missing {
        map.notes.push(format!(
            "shard {} is not among the inputs: its weights have no bytes",
            Quoted(name)
        ));
    }
    // `None` once the place of the next weight is unknown.
    let mut place = Some(0u64);
    for weight in group.weights {
        crate::error::check_limit(FORMAT, "MAX_RANK", limits::MAX_RANK as u64, weight.shape.len() as u64)?;
        let (dtype, type_name) = stored_type(&weight);
        let count = elements(&weight.shape);
        let mut len = count.and_then(|count| dtype.bytes_for(count));
        if type_name == "string"
            && let (Some(start), Some(count)) = (place, count)
        {
            len = string_len(source, &shards, start, count).await?;
        }
        let start = place;
        place = start.zip(len).and_then(|(start, len)| start.checked_add(len));
        if start.is_some() && place.is_none() {
            map.notes.push(format!(
                "the size of weight {} is unknown: it ends the map of its group",
                Quoted(&weight.name)
            ));
        }
        let inside = place.is_some_and(|end| end <= shards.len);
        if place.is_some() && !inside && missing.is_none() {
            map.notes
                .push(format!("weight {} does not fit into its shards", Quoted(&weight.name)));
            place = None;
        }
        let spans = match (start, len) {
            (Some(start), Some(len)) if inside && len > 0 => shards.spans(source, start, len),
            _ => Vec::new(),
        };
        map.tensors.push(Tensor {
            name: weight.name,
            encoding: if dtype == Dtype::Opaque {
                Encoding::Other
            } else {
                Encoding::Plain
            },
            dtype,
            type_name,
            shape: weight.shape,
            axis: None,
            spans,
        });
    }
    if missing.is_none() && place.is_some_and(|end| end < shards.len) {
        map.notes.push(format!(
            "{} bytes behind the last weight of a group",
            shards.len - place.unwrap_or(0)
        ));
    }
    Ok(())
}

/// The type of the stored elements: that of the quantization if there is one.
fn stored_type(weight: &Weight) -> (Dtype, String) {
    let name = weight
        .quantization
        .as_ref()
        .map_or(&weight.dtype, |quantization| &quantization.dtype);
    let dtype = match name.as_str() {
        "float32" => Dtype::F32,
        "float16" => Dtype::F16,
        "int32" => Dtype::I32,
        "uint8" => Dtype::U8,
        "uint16" => Dtype::U16,
        "int8" => Dtype::I8,
        "int16" => Dtype::I16,
        "bool" => Dtype::Bool,
        "complex64" => Dtype::C64,
        _ => return (Dtype::Opaque, name.clone()),
    };
    (dtype, String::new())
}

/// Bytes of `count` strings from `start` on: each is a 32-bit length and that many bytes.
/// `None` if they run behind the shards.
async fn string_len(source: &Source, shards: &Shards, start: u64, count: u64) -> Result<Option<u64>, FormatError> {
    let mut at = start;
    for _ in 0..count {
        if at.checked_add(4).is_none_or(|end| end > shards.len) {
            return Ok(None);
        }
        let mut length = Vec::with_capacity(4);
        for span in shards.spans(source, at, 4) {
            length.extend(source.read(FORMAT, span.file, span.offset, span.len).await?);
        }
        let length = length.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        at = at.saturating_add(4).saturating_add(u64::from(length));
    }
    Ok((at <= shards.len).then_some(at - start))
}
