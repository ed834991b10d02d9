//! Reading a rANS plane.

use super::spec::read_frequencies;
use crate::CodingError;
use crate::error::corrupt;
use crate::reader::Reader;
use std::cell::RefCell;
use tensorpress_kernels::rans::{DecodeTable, LANES};

thread_local! {
    static TABLE: RefCell<DecodeTable> = RefCell::new(DecodeTable::new());
}

/// Decodes the whole of `payload` into the whole of `dst`.
pub fn decode(payload: &[u8], dst: &mut [u8]) -> Result<(), CodingError> {
    let mut reader = Reader::new(payload);
    let frequencies = read_frequencies(&mut reader)?;
    let words = &payload[reader.position()..];
    if words.len() < 4 * LANES {
        return Err(CodingError::Truncated {
            needed: 4 * LANES,
            found: words.len(),
        });
    }
    TABLE.with_borrow_mut(|table| {
        if !table.rebuild(&frequencies) {
            return Err(corrupt("the frequencies of a rANS table do not add up to 4096"));
        }
        if !tensorpress_kernels::rans::decode(table, words, dst) {
            return Err(corrupt("rANS lanes do not end where they should"));
        }
        Ok(())
    })
}
