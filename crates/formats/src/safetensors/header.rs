//! The JSON header.

use super::{FORMAT, LENGTH_BYTES};
use crate::error::FormatError;
use crate::json;
use crate::limits::{MAX_STRING, MAX_TENSORS};
use crate::ordered::Map;
use tensorpress_json::{Place, Problem, Quoted};

/// What the header says of one tensor.
pub struct Entry {
    /// Name of the element type.
    pub dtype: String,
    /// Shape, outermost first.
    pub shape: Vec<u64>,
    /// First byte and the byte behind the last, relative to the end of the header.
    pub data_offsets: [u64; 2],
}

/// The one key that is not a tensor.
const METADATA: &str = "__metadata__";

fn read(header: Place) -> Result<Vec<(String, Entry)>, Problem> {
    let mut entries = Vec::new();
    let mut names = Map::default();
    header.each(|name, place| {
        let refused = if name.len() as u64 > MAX_STRING {
            format!("a name of {} bytes", name.len())
        } else if !names.insert(name, ()) {
            format!("the name {} occurs twice", Quoted(name))
        } else if entries.len() as u64 >= MAX_TENSORS {
            format!("more than MAX_TENSORS ({MAX_TENSORS}) tensors")
        } else {
            if name != METADATA {
                entries.push((name.to_owned(), read_entry(place)?));
            }
            return Ok(());
        };
        Err(header.wrong(refused))
    })?;
    Ok(entries)
}

fn read_entry(entry: Place) -> Result<Entry, Problem> {
    Ok(Entry {
        dtype: entry.member("dtype", |place| place.text())?.to_owned(),
        shape: entry.member("shape", |shape| shape.numbers())?,
        data_offsets: entry.member("data_offsets", |place| {
            let offsets = place.numbers()?;
            offsets[..]
                .try_into()
                .map_err(|_| place.wrong(format!("{} offsets, expected 2", offsets.len())))
        })?,
    })
}

/// Parses the header's bytes; trailing spaces are padding.
pub fn parse(text: &[u8]) -> Result<Vec<(String, Entry)>, FormatError> {
    json::read(FORMAT, text, read, |problem| {
        FormatError::corrupt(FORMAT, LENGTH_BYTES, format!("header: {problem}"))
    })
}
