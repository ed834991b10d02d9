//! Bits in bytes: each byte is filled from its lowest bit up, numbers with their lowest bit first.

use crate::CodingError;
use crate::error::{corrupt, truncated};
use alloc::vec::Vec;

/// Appends bits to bytes.
pub(crate) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    bits: u64,
    filled: u32,
}

impl<'a> BitWriter<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            bits: 0,
            filled: 0,
        }
    }

    /// The lowest `count` bits of `value`, which has no others; at most 32.
    pub(crate) fn put(&mut self, value: u32, count: u32) {
        self.bits |= u64::from(value) << self.filled;
        self.filled += count;
        while self.filled >= 8 {
            self.out.push(self.bits as u8);
            self.bits >>= 8;
            self.filled -= 8;
        }
    }

    /// Fills the last byte with zeros.
    pub(crate) fn finish(mut self) {
        let padding = (8 - self.filled) % 8;
        self.put(0, padding);
    }
}

/// Takes bits from the front of bytes.
pub(crate) struct BitReader<'a> {
    input: &'a [u8],
    at: usize,
    bits: u64,
    filled: u32,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            at: 0,
            bits: 0,
            filled: 0,
        }
    }

    /// The next `count` bits; at most 32.
    #[inline]
    pub(crate) fn get(&mut self, count: u32) -> Result<u32, CodingError> {
        while self.filled < count {
            let &byte = self
                .input
                .get(self.at)
                .ok_or(truncated(self.at + 1, self.input.len()))?;
            self.at += 1;
            self.bits |= u64::from(byte) << self.filled;
            self.filled += 8;
        }
        let value = self.bits & ((1 << count) - 1);
        self.bits >>= count;
        self.filled -= count;
        Ok(value as u32)
    }

    /// The number of bytes that were touched; the bits that are left of the last one must be zeros.
    pub(crate) fn finish(self) -> Result<usize, CodingError> {
        if self.bits != 0 {
            return Err(corrupt("the bits that fill up a byte are not zeros"));
        }
        Ok(self.at)
    }
}
