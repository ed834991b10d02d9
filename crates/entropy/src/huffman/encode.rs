//! Writing a Huffman plane.

use super::spec::write_lengths;
use crate::reader::{fill_varint, varint_bytes};
use alloc::vec::Vec;
use tensorpress_kernels::huffman::{STREAMS, encode_stream, set_codes};

/// Appends the payload for `src`, coded with `lengths`. Gives `false`, with nothing written, when the lengths are not
/// a complete code.
#[must_use]
pub fn encode(src: &[u8], lengths: &[u8; 256], out: &mut Vec<u8>) -> bool {
    if !set_codes(lengths) {
        return false;
    }
    write_lengths(lengths, out);
    let quarter = src.len().div_ceil(STREAMS).max(1);
    // A code has at most two bytes. The lengths stand before the streams: room is kept for as many bytes as they may
    // need.
    let room = varint_bytes(u32::try_from(quarter).unwrap_or(u32::MAX).saturating_mul(2));
    let lengths_at = out.len();
    out.resize(lengths_at + room * (STREAMS - 1), 0);
    for index in 0..STREAMS {
        let start = out.len();
        let chunk = src.chunks(quarter).nth(index).unwrap_or_default();
        encode_stream(chunk, out);
        if index + 1 < STREAMS {
            let length = (out.len() - start) as u32;
            fill_varint(length, &mut out[lengths_at + room * index..][..room]);
        }
    }
    true
}
