//! Writing a Huffman plane.

use super::spec::write_lengths;
use crate::reader::write_varint;
use std::cell::RefCell;
use tensorpress_kernels::huffman::{EncodeTable, STREAMS, encode_stream};

thread_local! {
    // The table and the streams' buffer are kept: allocating and clearing them costs as much as a block's coding.
    static SCRATCH: RefCell<(EncodeTable, Vec<u8>)> = RefCell::new((EncodeTable::new(), Vec::new()));
}

/// Appends the payload for `src`, coded with `lengths`. Gives `false`, with nothing written, when the lengths are not
/// a complete code.
#[must_use]
pub fn encode(src: &[u8], lengths: &[u8; 256], out: &mut Vec<u8>) -> bool {
    SCRATCH.with_borrow_mut(|(table, streams)| {
        if !table.rebuild(lengths) {
            return false;
        }
        write_lengths(lengths, out);
        let quarter = src.len().div_ceil(STREAMS).max(1);
        streams.clear();
        let mut last_end = 0;
        for (index, chunk) in src
            .chunks(quarter)
            .chain(std::iter::repeat(&[][..]))
            .take(STREAMS)
            .enumerate()
        {
            encode_stream(table, chunk, streams);
            if index + 1 < STREAMS {
                write_varint((streams.len() - last_end) as u32, out);
                last_end = streams.len();
            }
        }
        out.extend_from_slice(streams);
        true
    })
}
