//! A forward cursor that reads the file in large chunks, so that walking millions of short
//! strings costs a request each few hundred kilobytes and not one each.

use super::{FORMAT, corrupt};
use crate::error::{FormatError, check_limit};
use crate::limits::MAX_STRING;
use crate::source::Source;

/// How much is asked for at once.
const CHUNK: u64 = 256 * 1024;

/// Position in a GGUF file, with the chunk that lies there.
pub struct Cursor {
    source: Source,
    file: usize,
    len: u64,
    /// File offset of the chunk's first byte.
    start: u64,
    chunk: Vec<u8>,
    /// Next byte within the chunk; may lie behind it after a skip.
    next: u64,
}

impl Cursor {
    /// Starts at the file's first byte.
    pub fn new(source: Source, file: usize) -> Self {
        let len = source.len(file);
        Cursor {
            source,
            file,
            len,
            start: 0,
            chunk: Vec::new(),
            next: 0,
        }
    }

    /// File offset of the next byte.
    pub fn position(&self) -> u64 {
        self.start + self.next
    }

    /// The file's length.
    pub fn len(&self) -> u64 {
        self.len
    }

    fn truncated(&self, needed: u64) -> FormatError {
        FormatError::truncated(FORMAT, self.position(), needed, self.len)
    }

    /// Fails unless the rest of the file can hold `count` items of at least `each` bytes, so that
    /// a hostile count costs nothing.
    pub fn expect_items(&self, count: u64, each: u64) -> Result<(), FormatError> {
        let needed = count.saturating_mul(each);
        if needed > self.len - self.position() {
            return Err(self.truncated(needed));
        }
        Ok(())
    }

    /// Steps over `count` bytes without reading them.
    pub fn skip(&mut self, count: u64) -> Result<(), FormatError> {
        self.expect_items(count, 1)?;
        self.next += count;
        Ok(())
    }

    /// The next `count` bytes; `count` is small.
    async fn take(&mut self, count: u64) -> Result<&[u8], FormatError> {
        self.expect_items(count, 1)?;
        if self.next + count > self.chunk.len() as u64 {
            self.start = self.position();
            self.next = 0;
            let wanted = count.max(CHUNK).min(self.len - self.start);
            self.chunk = self.source.read(FORMAT, self.file, self.start, wanted).await?;
        }
        let from = self.next as usize;
        self.next += count;
        Ok(&self.chunk[from..from + count as usize])
    }

    /// The next `N` bytes.
    pub async fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let bytes = self.take(N as u64).await?;
        Ok(bytes.try_into().expect("take gives as many bytes as asked"))
    }

    /// A little-endian u32.
    pub async fn u32(&mut self) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array().await?))
    }

    /// A little-endian u64.
    pub async fn u64(&mut self) -> Result<u64, FormatError> {
        Ok(u64::from_le_bytes(self.array().await?))
    }

    /// A length-prefixed string that is kept.
    pub async fn string(&mut self) -> Result<String, FormatError> {
        let at = self.position();
        let len = self.u64().await?;
        check_limit(FORMAT, "MAX_STRING", MAX_STRING, len)?;
        let bytes = self.take(len).await?.to_vec();
        String::from_utf8(bytes).map_err(|_| corrupt(at, "a name is not UTF-8"))
    }

    /// Steps over `count` length-prefixed strings.
    pub async fn skip_strings(&mut self, count: u64) -> Result<(), FormatError> {
        self.expect_items(count, 8)?;
        for _ in 0..count {
            let len = self.u64().await?;
            self.skip(len)?;
        }
        Ok(())
    }
}
