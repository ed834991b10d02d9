//! `model.safetensors.index.json`: which shard holds which tensor.

use super::{FORMAT, corrupt};
use crate::error::{Fault, FormatError};
use crate::input::{Input, Reading};
use crate::json;
use crate::limits::MAX_SAFETENSORS_HEADER;
use crate::map::FileMap;
use crate::source::Source;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Checks that every shard which a `*.safetensors.index.json` names is among the inputs.
///
/// The map holds no tensors: each shard is an input file of its own and is mapped by [`super::read`].
pub fn read_index(source: Source, file: usize) -> Reading {
    Reading::new(source, file, FORMAT, map)
}

fn map(input: &Input) -> Result<FileMap, FormatError> {
    let len = input.len();
    input.check_limit("MAX_SAFETENSORS_HEADER", MAX_SAFETENSORS_HEADER, len)?;
    let text = input.bytes(0, len)?;
    let index: Index = json::read(FORMAT, &text, |problem| corrupt(0, format!("index: {problem}")))?;
    let shards: HashSet<&str> = index.weight_map.values().map(String::as_str).collect();
    let missing = shards
        .iter()
        .filter(|shard| input.source.sibling(input.file, shard).is_none());
    // Which one is named does not depend on the order of a set.
    if let Some(shard) = missing.min() {
        return Err(Fault::MissingFile {
            format: FORMAT,
            name: (*shard).to_owned(),
        }
        .into());
    }
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors: Vec::new(),
        notes: vec![format!(
            "index of {} tensors in {} shards",
            index.weight_map.len(),
            shards.len()
        )],
    })
}
