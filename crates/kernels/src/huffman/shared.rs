//! Both directions with tables that every thread keeps.

use super::encode::{self, EncodeTable};
use super::{DecodeTable, LEAST_WINDOW, MAX_LENGTH, STREAMS, decode4};
use crate::per_thread;
use alloc::vec::Vec;

// Every window that a table may have is decoded below.
const _: () = assert!(LEAST_WINDOW + 1 == MAX_LENGTH);

per_thread! {
    // 64 KiB that would otherwise be cleared for every block. A constant address makes the decoder faster, too.
    static TABLE: DecodeTable = DecodeTable::new();
}

/// What is wrong with a coded plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The lengths are not a complete code within [`MAX_LENGTH`].
    Lengths,
    /// A stream does not end where it should.
    Streams,
}

/// Decodes four streams of `input`, the first of which begins at `start`, into the whole of `dst`.
///
/// # Panics
/// As [`decode4`].
pub fn decode(
    lengths: &[u8; 256],
    input: &[u8],
    start: usize,
    ends: [usize; STREAMS],
    dst: &mut [u8],
) -> Result<(), DecodeError> {
    let window = TABLE.with_borrow_mut(|table| table.rebuild(lengths).then(|| table.window()));
    let complete = match window {
        None => return Err(DecodeError::Lengths),
        Some(LEAST_WINDOW) => by_window::<LEAST_WINDOW>(input, start, ends, dst),
        Some(_) => by_window::<MAX_LENGTH>(input, start, ends, dst),
    };
    if complete { Ok(()) } else { Err(DecodeError::Streams) }
}

/// A function of its own for each window: engines allocate the registers of very large ones carelessly.
#[inline(never)]
fn by_window<const BITS: u32>(input: &[u8], start: usize, ends: [usize; STREAMS], dst: &mut [u8]) -> bool {
    TABLE.with_borrow(|table| decode4::<BITS>(table, input, start, ends, dst))
}

per_thread! {
    // 512 KiB, of which a process keeps only what it touches.
    static CODES: EncodeTable = EncodeTable::new();
}

/// Makes the codes that [`encode_stream`] writes in this thread those of `lengths`. Gives `false`, with the codes as
/// they were, unless the lengths are a complete code within [`MAX_LENGTH`].
#[must_use]
pub fn set_codes(lengths: &[u8; 256]) -> bool {
    CODES.with_borrow_mut(|table| table.rebuild(lengths))
}

/// Appends the codes of `src`, which [`set_codes`] was told of, to `out`, padded with zero bits to a whole byte. For
/// symbols without a code the bits are without meaning.
///
/// A function of its own: engines allocate the registers of very large ones carelessly.
#[inline(never)]
pub fn encode_stream(src: &[u8], out: &mut Vec<u8>) {
    CODES.with_borrow(|table| encode::encode_stream(table, src, out));
}
