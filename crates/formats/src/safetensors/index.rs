//! `model.safetensors.index.json`: which shard holds which tensor.

use super::{FORMAT, corrupt};
use crate::error::{Fault, FormatError};
use crate::input::{Input, Reading};
use crate::json;
use crate::limits::MAX_SAFETENSORS_HEADER;
use crate::map::FileMap;
use crate::ordered::Map;
use crate::source::Source;

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
    let mut shards: Map<String, ()> = Map::default();
    let count = json::read(
        FORMAT,
        &text,
        |index| {
            index.member("weight_map", |weights| {
                weights.each(|_, shard| {
                    shards.insert(shard.text()?.to_owned(), ());
                    Ok(())
                })?;
                Ok(weights.members()?.len())
            })
        },
        |problem| corrupt(0, format!("index: {problem}")),
    )?;
    // The first in the order of their names.
    let mut names = shards.iter().map(|(shard, _)| shard);
    if let Some(shard) = names.find(|shard| input.source.sibling(input.file, shard).is_none()) {
        return Err(Fault::MissingFile {
            format: FORMAT,
            name: shard.clone(),
        }
        .into());
    }
    Ok(FileMap {
        format: FORMAT.to_owned(),
        tensors: Vec::new(),
        notes: vec![format!("index of {count} tensors in {} shards", shards.len())],
    })
}
