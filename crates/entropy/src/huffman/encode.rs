//! Writing a Huffman plane.

use super::spec::write_lengths;
use crate::reader::write_varint;
use tensorpress_kernels::huffman::{EncodeTable, STREAMS, encode_stream};

/// Appends the payload for `src`, coded with `lengths`. Gives `false`, with nothing written, when the lengths are not
/// a complete code.
#[must_use]
pub fn encode(src: &[u8], lengths: &[u8; 256], out: &mut Vec<u8>) -> bool {
    let Some(table) = EncodeTable::new(lengths) else {
        return false;
    };
    write_lengths(lengths, out);
    let quarter = src.len().div_ceil(STREAMS).max(1);
    let mut streams = Vec::with_capacity(src.len() + 16);
    let mut last_end = 0;
    for (index, chunk) in src
        .chunks(quarter)
        .chain(std::iter::repeat(&[][..]))
        .take(STREAMS)
        .enumerate()
    {
        encode_stream(&table, chunk, &mut streams);
        if index + 1 < STREAMS {
            write_varint((streams.len() - last_end) as u32, out);
            last_end = streams.len();
        }
    }
    out.extend_from_slice(&streams);
    true
}
