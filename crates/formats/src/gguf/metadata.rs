//! The key-value metadata: walked for its length, read for the few keys that matter here.

use super::cursor::Cursor;
use super::{FORMAT, corrupt};
use crate::error::{FormatError, check_limit};
use crate::limits::MAX_DEPTH;

/// The shortest pair: empty key, type, one-byte value.
const MIN_PAIR: u64 = 8 + 4 + 1;
/// The shortest array value: element type and count.
const MIN_ARRAY: u64 = 4 + 8;

const UINT16: u32 = 2;
const INT32: u32 = 5;
const UINT32: u32 = 4;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// What the metadata says that the map needs.
#[derive(Default)]
pub struct Facts {
    /// `general.alignment`.
    pub alignment: Option<u32>,
    /// Remarks for the user.
    pub notes: Vec<String>,
}

/// Walks `count` pairs.
pub async fn walk(cursor: &mut Cursor, count: u64) -> Result<Facts, FormatError> {
    cursor.expect_items(count, MIN_PAIR)?;
    let mut facts = Facts::default();
    let (mut part, mut parts) = (None, None);
    for _ in 0..count {
        let at = cursor.position();
        let key = cursor.string().await?;
        let kind = cursor.u32().await?;
        match (key.as_str(), kind) {
            ("general.alignment", UINT32) => facts.alignment = Some(cursor.u32().await?),
            ("general.alignment", _) => {
                return Err(corrupt(at, format!("general.alignment has type {kind}, not {UINT32}")));
            }
            ("split.no", UINT16) => part = Some(u16::from_le_bytes(cursor.array().await?)),
            ("split.count", UINT16) => parts = Some(u16::from_le_bytes(cursor.array().await?)),
            _ => skip_value(cursor, kind).await?,
        }
    }
    if let Some(parts) = parts.filter(|&n| n > 1) {
        let part = part.map_or("?".to_owned(), |n| (u32::from(n) + 1).to_string());
        facts.notes.push(format!("part {part} of {parts} of a split model"));
    }
    Ok(facts)
}

/// Bytes of a value of fixed width.
fn width_of(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 1 | 7 => 1,
        UINT16 | 3 => 2,
        UINT32 | INT32 | 6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}

/// Steps over one value. Nested arrays wait on a stack of (element type, elements left).
async fn skip_value(cursor: &mut Cursor, kind: u32) -> Result<(), FormatError> {
    let mut open: Vec<u64> = Vec::new();
    let mut kind = kind;
    loop {
        if let Some(width) = width_of(kind) {
            cursor.skip(width)?;
        } else if kind == STRING {
            cursor.skip_strings(1).await?;
        } else if kind == ARRAY {
            let at = cursor.position();
            let element = cursor.u32().await?;
            let count = cursor.u64().await?;
            if let Some(width) = width_of(element) {
                let bytes = count.checked_mul(width);
                cursor.skip(bytes.ok_or_else(|| corrupt(at, format!("an array of {count} elements")))?)?;
            } else if element == STRING {
                cursor.skip_strings(count).await?;
            } else if element == ARRAY {
                check_limit(FORMAT, "MAX_DEPTH", MAX_DEPTH as u64, open.len() as u64 + 1)?;
                cursor.expect_items(count, MIN_ARRAY)?;
                open.push(count);
            } else {
                return Err(corrupt(at, format!("array of unknown value type {element}")));
            }
        } else {
            return Err(corrupt(cursor.position(), format!("unknown value type {kind}")));
        }
        // Only arrays nest, so whatever is open waits for its next array.
        while open.last() == Some(&0) {
            open.pop();
        }
        match open.last_mut() {
            None => return Ok(()),
            Some(left) => *left -= 1,
        }
        kind = ARRAY;
    }
}
