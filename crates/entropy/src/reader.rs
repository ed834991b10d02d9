//! Checked reading of headers.

use crate::CodingError;
use crate::error::{corrupt, truncated};
use crate::plane::decode_plane;
use alloc::vec::Vec;

pub(crate) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], CodingError> {
        let rest = &self.input[self.at..];
        let bytes = rest.get(..count).ok_or(truncated(count, rest.len()))?;
        self.at += count;
        Ok(bytes)
    }

    /// Everything that is left, which stays.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.input[self.at..]
    }

    pub(crate) fn byte(&mut self) -> Result<u8, CodingError> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn length(&mut self) -> Result<usize, CodingError> {
        let bytes = self.take(4)?;
        let value = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        usize::try_from(value).map_err(|_| corrupt("a length is beyond the address space"))
    }

    /// A coded plane of `dst.len()` bytes.
    pub(crate) fn plane(&mut self, dst: &mut [u8]) -> Result<(), CodingError> {
        let used = decode_plane(self.rest(), dst)?;
        self.take(used)?;
        Ok(())
    }

    /// An unsigned LEB128 number of at most five bytes and 32 bits.
    pub(crate) fn varint(&mut self) -> Result<u32, CodingError> {
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| corrupt("a variable-length number exceeds 32 bits"));
            }
        }
        Err(corrupt("a variable-length number exceeds five bytes"))
    }
}

/// Bytes of `value` as a LEB128 number.
pub(crate) fn varint_bytes(value: u32) -> usize {
    (32 - value.leading_zeros()).div_ceil(7).max(1) as usize
}

/// Writes `value` as a LEB128 number that takes up all of `bytes`.
pub(crate) fn fill_varint(value: u32, bytes: &mut [u8]) {
    let last = bytes.len() - 1;
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = (value >> (7 * index)) as u8 & 0x7F | if index < last { 0x80 } else { 0 };
    }
}

/// Appends `value` as a LEB128 number.
pub(crate) fn write_varint(value: u32, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + varint_bytes(value), 0);
    fill_varint(value, &mut out[start..]);
}
