//! Protobuf by its tags and lengths: contents are stepped over without being seen.

use crate::FormatError;
use crate::input::Input;

/// Longest varint.
const MAX_VARINT: u64 = 10;

/// The content of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1 or 5.
    Fixed,
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

/// The field at `start`, of a message that ends at `end`, which must lie behind it.
pub fn field(input: &Input, start: u64, end: u64) -> Result<Field, FormatError> {
    // A tag and a length or a fixed value: two varints at most.
    let mut bytes = Varints::read(input, start, (end - start).min(2 * MAX_VARINT))?;
    let tag = bytes.next()?;
    let number = tag >> 3;
    if number == 0 || number >= 1 << 29 {
        return Err(input.corrupt(start, format!("field number {number}")));
    }
    let wire = tag & 7;
    let (value, len) = match wire {
        0 => (Value::Varint(bytes.next()?), 0),
        1 => (Value::Fixed, 8),
        5 => (Value::Fixed, 4),
        2 => {
            let len = bytes.next()?;
            let offset = bytes.position();
            (Value::Bytes { offset, len }, len)
        }
        _ => return Err(input.corrupt(start, format!("wire type {wire} in field {number}"))),
    };
    let Some(behind) = bytes.position().checked_add(len).filter(|behind| *behind <= end) else {
        let detail = format!("field {number} of {len} bytes in a message that ends at {end}");
        return Err(input.corrupt(start, detail));
    };
    Ok(Field {
        number,
        start,
        value,
        end: behind,
    })
}

/// The numbers of a packed field of `len` bytes at `offset`, one more than `max` where there are more.
pub fn packed(input: &Input, offset: u64, len: u64, max: usize) -> Result<Vec<u64>, FormatError> {
    let mut bytes = Varints::read(input, offset, len.min((max as u64 + 1) * MAX_VARINT))?;
    let mut numbers = Vec::new();
    while bytes.at < bytes.bytes.len() && numbers.len() <= max {
        numbers.push(bytes.next()?);
    }
    Ok(numbers)
}

/// Varints in a row.
struct Varints<'a> {
    input: &'a Input,
    /// Offset of the first byte.
    start: u64,
    bytes: Vec<u8>,
    at: usize,
}

impl<'a> Varints<'a> {
    fn read(input: &'a Input, start: u64, len: u64) -> Result<Self, FormatError> {
        Ok(Varints {
            input,
            start,
            bytes: input.bytes(start, len)?,
            at: 0,
        })
    }

    fn position(&self) -> u64 {
        self.start + self.at as u64
    }

    fn next(&mut self) -> Result<u64, FormatError> {
        let rest = &self.bytes[self.at..];
        let mut value = 0u64;
        for (index, byte) in rest.iter().take(MAX_VARINT as usize).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.at += index + 1;
                return Ok(value);
            }
        }
        let detail = format!(
            "a varint that does not end within {} bytes",
            rest.len().min(MAX_VARINT as usize)
        );
        Err(self.input.corrupt(self.position(), detail))
    }
}
