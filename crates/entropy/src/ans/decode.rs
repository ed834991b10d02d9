//! Reading rANS planes.

use super::spec::read_frequencies;
use crate::CodingError;
use crate::error::{corrupt, truncated};
use crate::lanes;
use crate::reader::Reader;
use tensorpress_kernels::lanes::{DecodeTables, MAX_LANES, Tables, decode as decode_symbols};
use tensorpress_kernels::per_thread;
use tensorpress_kernels::rans::{DecodeTable, LANES};

per_thread! {
    static TABLE: Option<DecodeTable> = None;
}
per_thread! {
    static TABLES: DecodeTables = DecodeTables::new();
}

/// Decodes the whole of `payload`, that of a plane of kind 4, into the whole of `dst`.
pub fn decode(payload: &[u8], dst: &mut [u8]) -> Result<(), CodingError> {
    let mut reader = Reader::new(payload);
    let frequencies = read_frequencies(&mut reader)?;
    let mut states = [0; MAX_LANES];
    let coded = lanes::read(&mut reader, &mut states)?;
    TABLES.with_borrow_mut(|tables| {
        tables.clear();
        if !tables.push(&frequencies) {
            return Err(corrupt("the frequencies of a rANS table do not add up to 4096"));
        }
        if !decode_symbols(tables, coded, Tables::First, dst) {
            return Err(corrupt("rANS lanes do not end where they should"));
        }
        Ok(())
    })
}

/// Decodes the whole of `payload`, that of a plane of kind 3, into the whole of `dst`.
pub fn decode_eight(payload: &[u8], dst: &mut [u8]) -> Result<(), CodingError> {
    let mut reader = Reader::new(payload);
    let frequencies = read_frequencies(&mut reader)?;
    let words = &payload[reader.position()..];
    if words.len() < 4 * LANES {
        return Err(truncated(4 * LANES, words.len()));
    }
    TABLE.with_borrow_mut(|table| {
        let table = table.get_or_insert_default();
        if !table.rebuild(&frequencies) {
            return Err(corrupt("the frequencies of a rANS table do not add up to 4096"));
        }
        if !tensorpress_kernels::rans::decode(table, words, dst) {
            return Err(corrupt("rANS lanes do not end where they should"));
        }
        Ok(())
    })
}
