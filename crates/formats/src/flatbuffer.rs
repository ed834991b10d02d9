//! Bounds-checked access to a flatbuffer. Its tables are scattered between weights, so it is read by pages.

use crate::FormatError;
use crate::input::Input;

/// Bytes of a vtable before its fields.
const VTABLE_HEADER: u64 = 4;

/// A table: where it starts and where its vtable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    start: u64,
    vtable: u64,
    vtable_len: u64,
}

/// A vector: where its first element is and how many it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vector {
    /// First byte of the first element.
    pub offset: u64,
    /// Number of elements; all lie within the file.
    pub count: u64,
}

impl Vector {
    /// The table that element `index` leads to.
    pub fn table(&self, input: &Input, index: u64) -> Result<Table, FormatError> {
        Table::behind(input, self.offset + 4 * index)
    }
}

/// Follows the u32 offset stored at `at`.
fn follow(input: &Input, at: u64) -> Result<u64, FormatError> {
    let target = at + input.number(at, 4)?;
    if target >= input.len() {
        return Err(input.corrupt(at, format!("an offset to {target}, behind the end")));
    }
    Ok(target)
}

impl Table {
    /// The table that the u32 offset at `at` leads to.
    pub fn behind(input: &Input, at: u64) -> Result<Self, FormatError> {
        let start = follow(input, at)?;
        let distance = input.number(start, 4)? as i32;
        let Some(vtable) = start.checked_add_signed(-i64::from(distance)) else {
            return Err(input.corrupt(start, format!("a vtable {distance} bytes before the table")));
        };
        let vtable_len = input.number(vtable, 2)?;
        if vtable_len < VTABLE_HEADER {
            return Err(input.corrupt(vtable, format!("a vtable of {vtable_len} bytes")));
        }
        Ok(Table {
            start,
            vtable,
            vtable_len,
        })
    }

    /// Where field `id` is; `None` if it is absent.
    pub fn field(self, input: &Input, id: u64) -> Result<Option<u64>, FormatError> {
        let slot = VTABLE_HEADER + 2 * id;
        if slot + 2 > self.vtable_len {
            return Ok(None);
        }
        let offset = input.number(self.vtable + slot, 2)?;
        Ok((offset != 0).then_some(self.start + offset))
    }

    /// The number of `width` bytes in field `id`; 0 if it is absent.
    pub fn number(self, input: &Input, id: u64, width: u64) -> Result<u64, FormatError> {
        match self.field(input, id)? {
            Some(at) => input.number(at, width),
            None => Ok(0),
        }
    }

    /// The vector in field `id`, whose elements have `size` bytes; empty if it is absent.
    pub fn vector(self, input: &Input, id: u64, size: u64) -> Result<Vector, FormatError> {
        let Some(at) = self.field(input, id)? else {
            return Ok(Vector::default());
        };
        let start = follow(input, at)?;
        let count = input.number(start, 4)?;
        let offset = start + 4;
        // A 32-bit count times a small size cannot overflow.
        if offset + count * size > input.len() {
            return Err(input.corrupt(start, format!("a vector of {count} elements of {size} bytes")));
        }
        Ok(Vector { offset, count })
    }
}
