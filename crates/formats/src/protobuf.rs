//! A lazy protobuf cursor: it reads tags and lengths and steps over contents without seeing them.

use crate::{FormatError, Source};

/// Bytes fetched at once; a message's small fields fit, the weights behind them are not touched.
const CHUNK: u64 = 4096;
/// Longest varint.
const MAX_VARINT: u64 = 10;

/// The content of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1 or 5: where its 8 or 4 bytes are.
    Fixed {
        /// First byte.
        offset: u64,
        /// 8 or 4.
        len: u64,
    },
    /// Wire type 2: where its bytes are.
    Bytes {
        /// First byte.
        offset: u64,
        /// Number of bytes, within the enclosing message.
        len: u64,
    },
}

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Field number, never 0.
    pub number: u64,
    /// Offset of the tag.
    pub start: u64,
    /// The content.
    pub value: Value,
    /// Offset behind the field.
    pub end: u64,
}

/// Walks the fields of messages in one file.
pub struct Cursor {
    source: Source,
    file: usize,
    format: &'static str,
    buffer: Vec<u8>,
    buffer_start: u64,
    /// Offset of the next byte.
    pub position: u64,
}

impl Cursor {
    /// Starts at the first byte of `file`; `format` names the reader in errors.
    pub fn new(source: Source, file: usize, format: &'static str) -> Self {
        Cursor {
            source,
            file,
            format,
            buffer: Vec::new(),
            buffer_start: 0,
            position: 0,
        }
    }

    /// The field at the position, which must lie below `end`. A length-delimited field's content
    /// is not read: set `position` to `end` of the field to step over it, to `offset` to enter it.
    pub async fn field(&mut self, end: u64) -> Result<Field, FormatError> {
        let start = self.position;
        // A tag and a length or a fixed value: two varints at most.
        self.fill((end - start).min(2 * MAX_VARINT)).await?;
        let tag = self.varint(end)?;
        let number = tag >> 3;
        if number == 0 || number >= 1 << 29 {
            return Err(self.corrupt(start, format!("field number {number}")));
        }
        let offset = self.position;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint(end)?),
            1 => Value::Fixed { offset, len: 8 },
            5 => Value::Fixed { offset, len: 4 },
            2 => {
                let len = self.varint(end)?;
                let offset = self.position;
                Value::Bytes { offset, len }
            }
            wire => return Err(self.corrupt(start, format!("wire type {wire} in field {number}"))),
        };
        if let Value::Fixed { offset, len } | Value::Bytes { offset, len } = value {
            let after = offset.checked_add(len).filter(|after| *after <= end);
            self.position = after.ok_or_else(|| {
                self.corrupt(
                    start,
                    format!("field {number} of {len} bytes in a message that ends at {end}"),
                )
            })?;
        }
        Ok(Field {
            number,
            start,
            value,
            end: self.position,
        })
    }

    /// The varint at the position, for packed fields.
    pub async fn packed_varint(&mut self, end: u64) -> Result<u64, FormatError> {
        self.fill((end - self.position).min(MAX_VARINT)).await?;
        self.varint(end)
    }

    /// Bytes at `offset`, leaving the position alone.
    pub async fn bytes(&mut self, offset: u64, len: u64) -> Result<Vec<u8>, FormatError> {
        let from = offset.wrapping_sub(self.buffer_start);
        if offset >= self.buffer_start && from.saturating_add(len) <= self.buffer.len() as u64 {
            return Ok(self.buffer[from as usize..(from + len) as usize].to_vec());
        }
        self.source.read(self.format, self.file, offset, len).await
    }

    /// An error at `offset`.
    pub fn corrupt(&self, offset: u64, detail: impl Into<String>) -> FormatError {
        FormatError::corrupt(self.format, offset, detail)
    }

    /// Makes `len` bytes at the position available in the buffer.
    async fn fill(&mut self, len: u64) -> Result<(), FormatError> {
        let from = self.position.wrapping_sub(self.buffer_start);
        if self.position >= self.buffer_start && from.saturating_add(len) <= self.buffer.len() as u64 {
            return Ok(());
        }
        let left = self.source.len(self.file).saturating_sub(self.position);
        self.buffer = self
            .source
            .read(self.format, self.file, self.position, CHUNK.max(len).min(left))
            .await?;
        self.buffer_start = self.position;
        Ok(())
    }

    /// A varint that must end below `end` and lie in the buffer.
    fn varint(&mut self, end: u64) -> Result<u64, FormatError> {
        let start = self.position;
        let from = (start - self.buffer_start) as usize;
        let limit = (end - start).min(MAX_VARINT) as usize;
        let mut value = 0u64;
        for (index, byte) in self.buffer.iter().skip(from).take(limit).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.position = start + index as u64 + 1;
                return Ok(value);
            }
        }
        Err(self.corrupt(start, format!("a varint that does not end within {limit} bytes")))
    }
}
