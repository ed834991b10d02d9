//! A checked walk over a block's payload.

use super::number::Number;
use crate::EngineError;
use crate::error::{Detail, corrupt, truncated};

/// What is left of a payload.
pub(super) struct Reader<'a> {
    #[cfg(feature = "encode")]
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `payload`; errors name `what`.
    pub(super) fn new(what: &'static str, payload: &'a [u8]) -> Self {
        #[cfg(not(feature = "encode"))]
        let _ = what;
        Self {
            #[cfg(feature = "encode")]
            what,
            rest: payload,
        }
    }

    /// What errors name, where they name anything.
    fn what(&self) -> &'static str {
        #[cfg(feature = "encode")]
        return self.what;
        #[cfg(not(feature = "encode"))]
        return "";
    }

    /// The next `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], EngineError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or_else(|| truncated(self.what(), len as u64, self.rest.len() as u64))?;
        self.rest = rest;
        Ok(taken)
    }

    /// One byte.
    pub(super) fn u8(&mut self) -> Result<u8, EngineError> {
        Ok(self.take(1)?[0])
    }

    /// A little-endian u16.
    pub(super) fn u16(&mut self) -> Result<u16, EngineError> {
        let bytes = self.take(2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    /// A little-endian u32, as a length.
    pub(super) fn u32(&mut self) -> Result<usize, EngineError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
    }

    /// Everything that is left.
    pub(super) fn remaining(&self) -> &'a [u8] {
        self.rest
    }

    /// Steps over `len` bytes that were looked at through [`Reader::remaining`].
    pub(super) fn skip(&mut self, len: usize) -> Result<(), EngineError> {
        self.take(len).map(drop)
    }

    /// An error about this payload.
    pub(super) fn corrupt(&self, detail: impl Into<Detail>) -> EngineError {
        corrupt(self.what(), detail)
    }

    /// An element width, which must be one of `allowed` and divide `decoded`.
    pub(super) fn width(&mut self, allowed: &[usize], decoded: usize) -> Result<usize, EngineError> {
        let width = usize::from(self.u8()?);
        if !allowed.contains(&width) || !decoded.is_multiple_of(width) {
            return Err(self.corrupt(detail!(
                "elements of {width} bytes in a block of {decoded}: no width of its kind, or not of whole elements"
            )));
        }
        Ok(width)
    }

    /// The element type of an approximated tensor, whose width must divide `decoded`.
    pub(super) fn number(&mut self, decoded: usize) -> Result<Number, EngineError> {
        let byte = self.u8()?;
        let number = Number::from_byte(byte).filter(|number| decoded.is_multiple_of(number.width()));
        number.ok_or_else(|| self.corrupt(detail!("elements of type {byte} in a block of {decoded} bytes")))
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), EngineError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.corrupt(detail!("{} bytes too many", self.rest.len())))
    }
}
