//! A forward cursor. Whoever starts one keeps its position once what it read is complete.

use crate::error::FormatError;
use crate::input::Input;
use crate::limits::MAX_STRING;

/// Position in a GGUF file.
pub struct Cursor<'a> {
    input: &'a Input,
    /// Whether numbers begin with their highest byte.
    pub big_endian: bool,
    /// File offset of the next byte.
    pub position: u64,
}

impl<'a> Cursor<'a> {
    /// Starts at a position within the file.
    pub fn new(input: &'a Input, position: u64, big_endian: bool) -> Self {
        Cursor {
            input,
            big_endian,
            position,
        }
    }

    /// Steps over `count` bytes without reading them.
    pub fn skip(&mut self, count: u64) -> Result<(), FormatError> {
        let len = self.input.len();
        if count > len - self.position {
            return Err(FormatError::truncated(self.input.format, self.position, count, len));
        }
        self.position += count;
        Ok(())
    }

    /// A number of `width` bytes, one to eight.
    pub fn number(&mut self, width: u64) -> Result<u64, FormatError> {
        let number = self.input.number(self.position, width)?;
        self.position += width;
        Ok(match self.big_endian {
            true => number.swap_bytes() >> (64 - 8 * width),
            false => number,
        })
    }

    /// A length-prefixed string that is kept.
    pub fn string(&mut self) -> Result<String, FormatError> {
        let at = self.position;
        let len = self.number(8)?;
        self.input.check_limit("MAX_STRING", MAX_STRING, len)?;
        let bytes = self.input.bytes(self.position, len)?;
        self.position += len;
        String::from_utf8(bytes).map_err(|_| self.corrupt(at, "a name is not UTF-8"))
    }

    /// An error at `offset`.
    pub fn corrupt(&self, offset: u64, detail: impl Into<String>) -> FormatError {
        self.input.corrupt(offset, detail)
    }

    /// Refuses more than `max`.
    pub fn check_limit(&self, limit: &'static str, max: u64, found: u64) -> Result<(), FormatError> {
        self.input.check_limit(limit, max, found)
    }
}
