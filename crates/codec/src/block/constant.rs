//! Kind 1: one value, repeated.

use super::kind::Kind;
use crate::EngineError;
use crate::error::{corrupt, truncated};
use alloc::vec::Vec;

/// The narrowest width whose repetition gives `raw`, out of 1, 2, 4 and 8 bytes.
pub(super) fn width(raw: &[u8]) -> Option<usize> {
    // A single element would not gain. Most blocks are refused within their first bytes.
    [1, 2, 4, 8]
        .into_iter()
        .find(|&w| raw.len() >= 2 * w && raw.len().is_multiple_of(w) && raw[w..] == raw[..raw.len() - w])
}

/// Appends a constant block of the first `width` bytes of `raw`.
pub(super) fn encode(raw: &[u8], width: usize, out: &mut Vec<u8>) {
    out.push(Kind::Constant as u8);
    out.push(width as u8);
    out.extend_from_slice(&raw[..width]);
}

/// Fills `out`.
pub(super) fn decode(payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    let Some((&width, value)) = payload.split_first() else {
        return Err(truncated("constant block", 1, 0));
    };
    if !matches!(width, 1 | 2 | 4 | 8) || value.len() != usize::from(width) || !out.len().is_multiple_of(value.len()) {
        return Err(corrupt(
            "constant block",
            detail!(
                "width {width} with {} bytes of value for {} decoded bytes; expected a width of 1, 2, 4 or 8 that \
                 divides them",
                value.len(),
                out.len()
            ),
        ));
    }
    match *value {
        [byte] => out.fill(byte),
        _ => out
            .chunks_exact_mut(value.len())
            .for_each(|element| element.copy_from_slice(value)),
    }
    Ok(())
}
