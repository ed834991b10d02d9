//! Buffers that are reused without being cleared.

use alloc::vec::Vec;

/// The first `len` bytes of `buffer`, which grows if it must. Their content is whatever was there.
pub(super) fn at_least(buffer: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if buffer.len() < len {
        buffer.resize(len, 0);
    }
    &mut buffer[..len]
}

/// Buffers for nested blocks: taken for as long as a level needs one, then given back with their memory.
#[derive(Default)]
pub(super) struct Pool(Vec<Vec<u8>>);

impl Pool {
    /// A buffer of unspecified content.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    /// Keeps `buffer` for later.
    pub(super) fn give(&mut self, buffer: Vec<u8>) {
        self.0.push(buffer);
    }
}
