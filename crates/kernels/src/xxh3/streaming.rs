//! XXH3-128 of bytes that come in pieces.

use super::long::{BLOCK, INITIAL, STRIPE, blocks, finish, merge128};
use super::{SHORT_MAX, short};

/// Hashes bytes that come in pieces; the result does not depend on how they were cut.
#[derive(Clone)]
pub struct Hasher128 {
    acc: [u64; 8],
    /// The last stripe of the blocks taken in, then the bytes since.
    buffer: [u8; STRIPE + BLOCK],
    buffered: usize,
    length: u64,
}

impl Default for Hasher128 {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher128 {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self {
            acc: INITIAL,
            buffer: [0; STRIPE + BLOCK],
            buffered: 0,
            length: 0,
        }
    }

    /// Takes in `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len() as u64);
        let mut bytes = bytes;
        if self.buffered + bytes.len() <= BLOCK {
            return self.keep(bytes);
        }
        if self.buffered > 0 {
            let (head, tail) = bytes.split_at(BLOCK - self.buffered);
            self.keep(head);
            bytes = tail;
            let (last, block) = self.buffer.split_at_mut(STRIPE);
            blocks(&mut self.acc, block);
            last.copy_from_slice(&block[BLOCK - STRIPE..]);
            self.buffered = 0;
        }
        // At least one byte stays behind, for the end treats the last block otherwise.
        let body = (bytes.len() - 1) / BLOCK * BLOCK;
        let (whole, rest) = bytes.split_at(body);
        blocks(&mut self.acc, whole);
        if let Some(last) = whole.last_chunk::<STRIPE>() {
            self.buffer[..STRIPE].copy_from_slice(last);
        }
        self.keep(rest);
    }

    /// The hash of everything taken in so far.
    pub fn digest(&self) -> u128 {
        let kept = &self.buffer[STRIPE..STRIPE + self.buffered];
        if self.length <= SHORT_MAX as u64 {
            return short::hash128(kept);
        }
        let mut acc = self.acc;
        finish(&mut acc, kept, &self.buffer[self.buffered..self.buffered + STRIPE]);
        merge128(&acc, self.length)
    }

    fn keep(&mut self, bytes: &[u8]) {
        let from = STRIPE + self.buffered;
        self.buffer[from..from + bytes.len()].copy_from_slice(bytes);
        self.buffered += bytes.len();
    }
}
