//! Reading a Huffman plane.

use super::spec::read_lengths;
use crate::CodingError;
use crate::error::corrupt;
use crate::reader::Reader;
use std::cell::RefCell;
use tensorpress_kernels::huffman::{DecodeTable, STREAMS, decode4};

thread_local! {
    // 64 KiB that would otherwise be cleared for every block. A constant address makes the decoder faster, too.
    static TABLE: RefCell<DecodeTable> = const { RefCell::new(DecodeTable::new()) };
}

/// Decodes the whole of `payload` into the whole of `dst`.
pub fn decode(payload: &[u8], dst: &mut [u8]) -> Result<(), CodingError> {
    let mut reader = Reader::new(payload);
    let lengths = read_lengths(&mut reader)?;
    let mut ends = [payload.len(); STREAMS];
    let mut sizes = [0usize; STREAMS - 1];
    for size in &mut sizes {
        *size = reader.varint()? as usize;
    }
    let start = reader.position();
    let mut end = start;
    for (slot, size) in ends.iter_mut().zip(sizes) {
        end = end
            .checked_add(size)
            .filter(|&end| end <= payload.len())
            .ok_or(CodingError::Truncated {
                needed: size,
                found: payload.len() - end,
            })?;
        *slot = end;
    }
    TABLE.with_borrow_mut(|table| {
        if !table.rebuild(&lengths) {
            return Err(corrupt("the lengths of a Huffman table are not a complete code"));
        }
        if !decode4(table, payload, start, ends, dst) {
            return Err(corrupt("a Huffman stream does not end where it should"));
        }
        Ok(())
    })
}
