//! The JSON header, parsed entry by entry so that duplicate names are seen and counts are capped.

use super::{FORMAT, LENGTH_BYTES};
use crate::error::FormatError;
use crate::json;
use crate::limits::{MAX_STRING, MAX_TENSORS};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::collections::HashSet;
use std::fmt;
use tensorpress_json::Quoted;

/// What the header says of one tensor.
#[derive(Deserialize)]
pub struct Entry {
    /// Name of the element type.
    pub dtype: String,
    /// Shape, outermost first.
    pub shape: Vec<u64>,
    /// First byte and the byte behind the last, relative to the end of the header.
    pub data_offsets: (u64, u64),
}

/// The one key that is not a tensor.
const METADATA: &str = "__metadata__";

struct Header(Vec<(String, Entry)>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut entries = Vec::new();
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if name.len() as u64 > MAX_STRING {
                return Err(A::Error::custom(format!("a name of {} bytes", name.len())));
            }
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("the name {} occurs twice", Quoted(&name))));
            }
            if name == METADATA {
                map.next_value::<IgnoredAny>()?;
            } else {
                entries.push((name, map.next_value()?));
            }
            if entries.len() as u64 > MAX_TENSORS {
                return Err(A::Error::custom(format!(
                    "more than MAX_TENSORS ({MAX_TENSORS}) tensors"
                )));
            }
        }
        Ok(Header(entries))
    }
}

/// Parses the header's bytes; trailing spaces are padding.
pub fn parse(text: &[u8]) -> Result<Vec<(String, Entry)>, FormatError> {
    let header: Header = json::read(FORMAT, text, |problem| {
        FormatError::corrupt(FORMAT, LENGTH_BYTES, format!("header: {problem}"))
    })?;
    Ok(header.0)
}
