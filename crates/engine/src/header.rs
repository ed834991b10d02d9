//! The safetensors header around everything (docs/FORMAT.md, section 1).

use crate::EngineError;
use crate::fault::{corrupt, limit, unsupported};
use crate::limits::{MAX_HEADER, MAX_LENGTH, MAX_STREAMS};
use crate::schema::{MANIFEST, SKELETON};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use tensorpress_formats::ordered::Map;

/// Everything in the container begins at a multiple of this.
pub const ALIGN: u64 = 64;
/// The version that this code writes and reads.
pub const VERSION: u8 = 1;
/// The member of a safetensors header that is no entry.
const METADATA: &str = "__metadata__";

/// `len` rounded up to [`ALIGN`]; `None` on overflow.
pub fn align(len: u64) -> Option<u64> {
    len.checked_next_multiple_of(ALIGN)
}

/// Makes the tensors' names usable as entry names: no name twice, none of the reserved ones.
pub fn unique_names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken: Map<String, ()> = Map::default();
    for reserved in [METADATA, MANIFEST, SKELETON] {
        taken.insert(reserved.to_owned(), ());
    }
    let mut next: Map<&str, u64> = Map::default();
    let mut unique = Vec::new();
    for name in names {
        let mut candidate = name.to_owned();
        while !taken.insert(candidate.clone(), ()) {
            let number = next.entry(name, 1);
            *number += 1;
            candidate = format!("{name}#{number}");
        }
        unique.push(candidate);
    }
    unique
}

/// The header's JSON for entries of these names and lengths, in order and without holes. Not padded.
pub fn write(entries: &[(&str, u64)]) -> Vec<u8> {
    let mut text = format!(r#"{{"{METADATA}":{{"format":"tensorpress","version":"{VERSION}"}}"#);
    let mut start = 0;
    for (name, len) in entries {
        let end = start + len;
        let name = tensorpress_json::to_text(*name);
        text.push_str(&format!(
            r#",{name}:{{"dtype":"U8","shape":[{len}],"data_offsets":[{start},{end}]}}"#
        ));
        start = end;
    }
    text.push('}');
    text.into_bytes()
}

/// Length of the padded header that has room for `text`, so that `8 + N` is a multiple of [`ALIGN`].
pub fn padded_len(text: u64) -> Result<u64, EngineError> {
    let len = align(text.saturating_add(8)).unwrap_or(u64::MAX) - 8;
    if len > MAX_HEADER {
        return Err(limit("MAX_HEADER", MAX_HEADER, len));
    }
    Ok(len)
}

/// One entry as the header has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// First byte, counted from the end of the header.
    pub start: u64,
    /// Number of bytes.
    pub len: u64,
}

#[derive(Deserialize)]
struct RawEntry {
    dtype: String,
    shape: [u64; 1],
    data_offsets: [u64; 2],
}

#[derive(Deserialize)]
struct Metadata {
    format: String,
    version: String,
}

/// The header's members in their order, which serde's maps do not keep.
struct Header {
    metadata: Option<Metadata>,
    entries: Vec<(String, RawEntry)>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeaderVisitor;
        impl<'de> Visitor<'de> for HeaderVisitor {
            type Value = Header;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a safetensors header")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header {
                    metadata: None,
                    entries: Vec::new(),
                };
                while let Some(name) = map.next_key::<String>()? {
                    if name == METADATA {
                        if header.metadata.replace(map.next_value()?).is_some() {
                            return Err(A::Error::duplicate_field(METADATA));
                        }
                    } else if header.entries.len() > MAX_STREAMS {
                        return Err(A::Error::custom(format!("more than {MAX_STREAMS} entries")));
                    } else {
                        header.entries.push((name, map.next_value()?));
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(HeaderVisitor)
    }
}

/// Reads the `N` header bytes: who wrote it, and entries that tile what follows.
pub fn parse(bytes: &[u8]) -> Result<Vec<Entry>, EngineError> {
    let fail = |detail: String| corrupt("header", detail);
    // As a whole, for serde_json passes over members that it does not know without looking.
    let text = std::str::from_utf8(bytes).map_err(|e| fail(e.to_string()))?;
    let header: Header = serde_json::from_str(text).map_err(|e| fail(format!("not a safetensors header: {e}")))?;
    match header.metadata {
        Some(meta) if meta.format == "tensorpress" => check_version(&meta.version)?,
        _ => return Err(fail("a safetensors file that tensorpress did not write".to_owned())),
    }
    let mut names = Map::default();
    let mut entries = Vec::with_capacity(header.entries.len());
    let mut at = 0;
    for (name, raw) in header.entries {
        let [start, end] = raw.data_offsets;
        if raw.dtype != "U8" {
            return Err(fail(format!(
                "entry {name:?} has dtype {:?}, expected \"U8\"",
                raw.dtype
            )));
        }
        if start != at {
            return Err(fail(format!("entry {name:?} begins at {start}, expected {at}")));
        }
        if end < start || end - start != raw.shape[0] || !end.is_multiple_of(ALIGN) || end > MAX_LENGTH {
            return Err(fail(format!(
                "entry {name:?} has offsets {start}..{end} and {} elements; expected equal lengths, multiples of {ALIGN}",
                raw.shape[0]
            )));
        }
        if !names.insert(name.clone(), ()) {
            return Err(fail(format!("entry {name:?} occurs twice")));
        }
        at = end;
        entries.push(Entry {
            name,
            start,
            len: end - start,
        });
    }
    if entries.first().is_none_or(|entry| entry.name != MANIFEST) {
        return Err(fail(format!("the first entry is not {MANIFEST:?}")));
    }
    Ok(entries)
}

/// Any other version is refused, and named.
fn check_version(found: &str) -> Result<(), EngineError> {
    if found == VERSION.to_string() {
        return Ok(());
    }
    Err(unsupported(format!(
        "container version {found:?}; this build reads version {VERSION}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let entries = [(MANIFEST, 128), (SKELETON, 0), ("a\"b\\ü\n", 64)];
        let mut bytes = write(&entries);
        let len = padded_len(bytes.len() as u64).unwrap();
        assert_eq!((len + 8) % ALIGN, 0);
        bytes.resize(len as usize, b' ');
        let parsed = parse(&bytes).unwrap();
        let back: Vec<(&str, u64)> = parsed.iter().map(|e| (e.name.as_str(), e.len)).collect();
        assert_eq!(back, entries);
    }

    #[test]
    fn names_become_unique() {
        let names = ["a", "a", "a#2", "__metadata__", "a", "", "", SKELETON];
        let unique = unique_names(names.into_iter());
        let distinct: std::collections::HashSet<&String> = unique.iter().collect();
        assert_eq!(distinct.len(), names.len());
        assert_eq!(unique[..2], ["a", "a#2"]);
        assert!(!unique.iter().any(|n| n == METADATA || n == SKELETON));
    }

    #[test]
    fn hostile_headers_are_refused() {
        let meta = r#""__metadata__":{"format":"tensorpress","version":"1"}"#;
        let entry = |name: &str, start: u64, end: u64| {
            format!(
                r#""{name}":{{"dtype":"U8","shape":[{}],"data_offsets":[{start},{end}]}}"#,
                end.wrapping_sub(start)
            )
        };
        let good = entry(MANIFEST, 0, 64);
        assert!(parse(format!("{{{meta},{good}}}").as_bytes()).is_ok());
        let deep = format!("{{{meta},\"x\":{}", "[".repeat(100_000));
        for bad in [
            String::new(),
            "{}".into(),
            format!("{{{meta}}}"),
            format!("{{{good}}}"),
            format!("{{{meta},{meta},{good}}}"),
            format!("{{{meta},{good},{}}}", entry(MANIFEST, 64, 128)),
            format!("{{{meta},{good},{}}}", entry("a", 0, 64)),
            format!("{{{meta},{good},{}}}", entry("a", 128, 192)),
            format!("{{{meta},{good},{}}}", entry("a", 64, 65)),
            format!("{{{meta},{good},{}}}", entry("a", 64, 0)),
            format!("{{{meta},{good},{}}}", entry("a", 64, u64::MAX)),
            format!(
                "{{{meta},{good},{}}}",
                r#""a":{"dtype":"F32","shape":[64],"data_offsets":[64,128]}"#
            ),
            format!(
                "{{{meta},{good},{}}}",
                r#""a":{"dtype":"U8","shape":[64],"data_offsets":[64,18446744073709551616]}"#
            ),
            format!("{{{meta},{}}}", entry("a", 0, 64)),
            deep,
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{}", &bad[..bad.len().min(200)]);
        }
        let newer = format!("{{{},{good}}}", meta.replace("\"1\"", "\"2\""));
        assert_eq!(parse(newer.as_bytes()).unwrap_err().code(), "unsupported");
    }
}
