//! Reading a Huffman plane.

use super::spec::read_lengths;
use crate::CodingError;
use crate::error::{corrupt, truncated};
use crate::reader::Reader;
use tensorpress_kernels::huffman::{DecodeTable, LEAST_WINDOW, MAX_LENGTH, STREAMS, decode4};
use tensorpress_kernels::per_thread;

// Every window that a table may have is decoded below.
const _: () = assert!(LEAST_WINDOW + 1 == MAX_LENGTH);

per_thread! {
    // 64 KiB that would otherwise be cleared for every block. A constant address makes the decoder faster, too.
    static TABLE: DecodeTable = DecodeTable::new();
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
            .ok_or(truncated(size, payload.len() - end))?;
        *slot = end;
    }
    let window = TABLE.with_borrow_mut(|table| table.rebuild(&lengths).then(|| table.window()));
    let complete = match window {
        None => return Err(corrupt("the lengths of a Huffman table are not a complete code")),
        Some(LEAST_WINDOW) => by_window::<LEAST_WINDOW>(payload, start, ends, dst),
        Some(_) => by_window::<MAX_LENGTH>(payload, start, ends, dst),
    };
    if !complete {
        return Err(corrupt("a Huffman stream does not end where it should"));
    }
    Ok(())
}

/// A function of its own for each window: engines allocate the registers of very large ones carelessly.
#[inline(never)]
fn by_window<const BITS: u32>(payload: &[u8], start: usize, ends: [usize; STREAMS], dst: &mut [u8]) -> bool {
    TABLE.with_borrow(|table| decode4::<BITS>(table, payload, start, ends, dst))
}
