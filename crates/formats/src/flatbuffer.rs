//! Bounds-checked access to a flatbuffer that is read page by page.

use crate::{FormatError, Source};
use std::collections::HashMap;

/// Bytes fetched at once. Tables are scattered between weights, so pages are small and several are kept.
const PAGE: u64 = 64 * 1024;
/// Pages kept (2 MiB).
const MAX_PAGES: usize = 32;
/// Largest vtable: its size field has 16 bits.
const VTABLE_HEADER: u64 = 4;

/// A table: where it starts and where its vtable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    start: u64,
    vtable: u64,
    vtable_len: u64,
}

/// A vector: where its first element is and how many it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vector {
    /// First byte of the first element.
    pub offset: u64,
    /// Number of elements; all lie within the file.
    pub count: u64,
}

/// Random access to one flatbuffer file.
pub struct Flatbuffer {
    source: Source,
    file: usize,
    format: &'static str,
    pages: HashMap<u64, (u64, Vec<u8>)>,
    clock: u64,
}

impl Flatbuffer {
    /// Opens `file`; `format` names the reader in errors.
    pub fn new(source: Source, file: usize, format: &'static str) -> Self {
        Flatbuffer {
            source,
            file,
            format,
            pages: HashMap::new(),
            clock: 0,
        }
    }

    /// The `N` bytes at `offset`.
    pub async fn bytes<const N: usize>(&mut self, offset: u64) -> Result<[u8; N], FormatError> {
        let page = offset / PAGE;
        let from = (offset % PAGE) as usize;
        if from + N <= PAGE as usize {
            if !self.pages.contains_key(&page) {
                self.load(page, offset, N as u64).await?;
            }
            self.clock += 1;
            if let Some((used, bytes)) = self.pages.get_mut(&page) {
                *used = self.clock;
                if let Some(found) = bytes.get(from..).and_then(|rest| rest.first_chunk()) {
                    return Ok(*found);
                }
            }
        }
        // Across two pages, or behind the end of the file, which this refuses.
        let bytes = self.source.read(self.format, self.file, offset, N as u64).await?;
        bytes
            .first_chunk()
            .copied()
            .ok_or_else(|| self.corrupt(offset, "a short read"))
    }

    async fn load(&mut self, page: u64, offset: u64, needed: u64) -> Result<(), FormatError> {
        let total = self.source.len(self.file);
        if offset >= total {
            return Err(FormatError::truncated(self.format, offset, needed, total));
        }
        if self.pages.len() >= MAX_PAGES
            && let Some(oldest) = self
                .pages
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(page, _)| *page)
        {
            self.pages.remove(&oldest);
        }
        let start = page * PAGE;
        let bytes = self
            .source
            .read(self.format, self.file, start, PAGE.min(total - start))
            .await?;
        self.pages.insert(page, (self.clock, bytes));
        Ok(())
    }

    /// The u16 at `offset`.
    pub async fn u16(&mut self, offset: u64) -> Result<u16, FormatError> {
        Ok(u16::from_le_bytes(self.bytes(offset).await?))
    }

    /// The u32 at `offset`.
    pub async fn u32(&mut self, offset: u64) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.bytes(offset).await?))
    }

    /// The u64 at `offset`.
    pub async fn u64(&mut self, offset: u64) -> Result<u64, FormatError> {
        Ok(u64::from_le_bytes(self.bytes(offset).await?))
    }

    /// Follows the u32 offset stored at `at`.
    pub async fn follow(&mut self, at: u64) -> Result<u64, FormatError> {
        let target = at + u64::from(self.u32(at).await?);
        if target >= self.source.len(self.file) {
            return Err(self.corrupt(at, format!("an offset to {target}, behind the end")));
        }
        Ok(target)
    }

    /// The table that starts at `start`.
    pub async fn table(&mut self, start: u64) -> Result<Table, FormatError> {
        let distance = i64::from(self.u32(start).await? as i32);
        let vtable = i64::try_from(start)
            .ok()
            .and_then(|start| u64::try_from(start - distance).ok())
            .ok_or_else(|| self.corrupt(start, format!("a vtable {distance} bytes before the table")))?;
        let vtable_len = u64::from(self.u16(vtable).await?);
        if vtable_len < VTABLE_HEADER {
            return Err(self.corrupt(vtable, format!("a vtable of {vtable_len} bytes")));
        }
        Ok(Table {
            start,
            vtable,
            vtable_len,
        })
    }

    /// Where field `id` of `table` is; `None` if it is absent.
    pub async fn field(&mut self, table: Table, id: u64) -> Result<Option<u64>, FormatError> {
        let slot = VTABLE_HEADER + 2 * id;
        if slot + 2 > table.vtable_len {
            return Ok(None);
        }
        let offset = u64::from(self.u16(table.vtable + slot).await?);
        Ok((offset != 0).then_some(table.start + offset))
    }

    /// The vector in field `id`, whose elements have `size` bytes; `None` if it is absent.
    pub async fn vector(&mut self, table: Table, id: u64, size: u64) -> Result<Option<Vector>, FormatError> {
        let Some(at) = self.field(table, id).await? else {
            return Ok(None);
        };
        let start = self.follow(at).await?;
        let count = u64::from(self.u32(start).await?);
        let offset = start + 4;
        // A 32-bit count times a small size cannot overflow.
        if offset + count * size > self.source.len(self.file) {
            return Err(self.corrupt(start, format!("a vector of {count} elements of {size} bytes")));
        }
        Ok(Some(Vector { offset, count }))
    }

    /// The string in field `id`; empty if absent, `None` if longer than `max`.
    pub async fn string(&mut self, table: Table, id: u64, max: u64) -> Result<Option<String>, FormatError> {
        let Some(vector) = self.vector(table, id, 1).await? else {
            return Ok(Some(String::new()));
        };
        if vector.count > max {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(vector.count as usize);
        for index in 0..vector.count {
            bytes.push(self.bytes::<1>(vector.offset + index).await?[0]);
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// An error at `offset`.
    pub fn corrupt(&self, offset: u64, detail: impl Into<String>) -> FormatError {
        FormatError::corrupt(self.format, offset, detail)
    }
}
