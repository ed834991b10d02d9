//! Writing a rANS plane.

use super::spec::write_frequencies;
use crate::lanes::{self, lanes_for};
use alloc::vec::Vec;
use tensorpress_kernels::lanes::{EncodeTables, encode as encode_symbols};

/// Appends the payload of a plane of kind 4 for `src`; `cost` is about how many bytes that will be. Gives `false` when
/// the frequencies do not fit it; `out` may then have grown.
#[must_use]
pub fn encode(src: &[u8], frequencies: &[u16; 256], cost: usize, out: &mut Vec<u8>) -> bool {
    write_frequencies(frequencies, out);
    let mut tables = EncodeTables::new();
    if !tables.push(frequencies) {
        return false;
    }
    let count = lanes_for(cost);
    let Some(encoded) = encode_symbols(&tables, None, count, src) else {
        return false;
    };
    lanes::write(count, &encoded, out);
    true
}

/// Appends the payload of a plane of kind 3, which is not written any more.
#[cfg(test)]
#[must_use]
pub(super) fn encode_eight(src: &[u8], frequencies: &[u16; 256], out: &mut Vec<u8>) -> bool {
    write_frequencies(frequencies, out);
    tensorpress_kernels::rans::encode(frequencies, src, out)
}
