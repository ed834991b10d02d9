//! The key-value metadata: walked for its length, read for the few keys that matter here. A count is believed: whatever is
//! counted has bytes, so that a hostile one leads no further than to the end of the file.

use super::cursor::Cursor;
use crate::error::FormatError;
use crate::limits::MAX_DEPTH;

const UINT16: u64 = 2;
const UINT32: u64 = 4;
const STRING: u64 = 8;
const ARRAY: u64 = 9;

/// A walk over the metadata, and what it says that the map needs.
#[derive(Default)]
pub struct Metadata {
    /// Pairs that are left.
    pairs: u64,
    /// Strings to step over before anything else.
    strings: u64,
    /// Arrays to step over of each array of arrays that is open.
    arrays: Vec<u64>,
    /// `general.alignment`.
    pub alignment: Option<u64>,
    part: Option<u64>,
    parts: Option<u64>,
}

impl Metadata {
    /// Starts before `count` pairs.
    pub fn new(count: u64) -> Self {
        Metadata {
            pairs: count,
            ..Metadata::default()
        }
    }

    /// One step, which reads little and can be done again if that is not there yet; `false` when none is left.
    pub fn step(&mut self, cursor: &mut Cursor) -> Result<bool, FormatError> {
        if self.strings > 0 {
            let len = cursor.number(8)?;
            cursor.skip(len)?;
            self.strings -= 1;
        } else if let Some(&left) = self.arrays.last() {
            // Only arrays nest, so whatever is open waits for its next array.
            let place = self.arrays.len() - 1;
            if left == 0 {
                self.arrays.pop();
            } else {
                self.skip_array(cursor)?;
                self.arrays[place] -= 1;
            }
        } else if self.pairs > 0 {
            self.pair(cursor)?;
            self.pairs -= 1;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn pair(&mut self, cursor: &mut Cursor) -> Result<(), FormatError> {
        let at = cursor.position;
        let key = cursor.string()?;
        let kind = cursor.number(4)?;
        match (key.as_str(), kind) {
            ("general.alignment", UINT32) => self.alignment = Some(cursor.number(4)?),
            ("general.alignment", _) => {
                return Err(cursor.corrupt(at, format!("general.alignment has type {kind}, not {UINT32}")));
            }
            ("split.no", UINT16) => self.part = Some(cursor.number(2)?),
            ("split.count", UINT16) => self.parts = Some(cursor.number(2)?),
            (_, STRING) => self.strings = 1,
            (_, ARRAY) => self.skip_array(cursor)?,
            _ => match width_of(kind) {
                Some(width) => cursor.skip(width)?,
                None => return Err(cursor.corrupt(cursor.position, format!("unknown value type {kind}"))),
            },
        }
        Ok(())
    }

    /// Steps over an array, or notes what has to be stepped over next.
    fn skip_array(&mut self, cursor: &mut Cursor) -> Result<(), FormatError> {
        let at = cursor.position;
        let element = cursor.number(4)?;
        let count = cursor.number(8)?;
        match (element, width_of(element)) {
            (_, Some(width)) => {
                let bytes = count.checked_mul(width);
                cursor.skip(bytes.ok_or_else(|| cursor.corrupt(at, format!("an array of {count} elements")))?)?;
            }
            (STRING, _) => self.strings = count,
            (ARRAY, _) => {
                cursor.check_limit("MAX_DEPTH", MAX_DEPTH as u64, self.arrays.len() as u64 + 1)?;
                self.arrays.push(count);
            }
            _ => return Err(cursor.corrupt(at, format!("array of unknown value type {element}"))),
        }
        Ok(())
    }

    /// Remarks for the user.
    pub fn notes(&self) -> Vec<String> {
        let Some(parts) = self.parts.filter(|&n| n > 1) else {
            return Vec::new();
        };
        let part = self.part.map_or("?".to_owned(), |n| (n + 1).to_string());
        vec![format!("part {part} of {parts} of a split model")]
    }
}

/// Bytes of a value of fixed width.
fn width_of(kind: u64) -> Option<u64> {
    Some(match kind {
        0 | 1 | 7 => 1,
        UINT16 | 3 => 2,
        UINT32 | 5 | 6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}
