//! Reading a Huffman plane.

use super::spec::read_lengths;
use crate::CodingError;
use crate::error::{corrupt, truncated};
use crate::reader::Reader;
use tensorpress_kernels::huffman::{DecodeError, STREAMS, decode as decode_streams};

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
    decode_streams(&lengths, payload, start, ends, dst).map_err(|error| {
        corrupt(match error {
            DecodeError::Lengths => "the lengths of a Huffman table are not a complete code",
            DecodeError::Streams => "a Huffman stream does not end where it should",
        })
    })
}
