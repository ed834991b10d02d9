//! Kind 10: codes on a grid, chosen for the coder (docs/FORMAT.md, sections 4 and 10).

use super::kind::Kind;
use super::number::Number;
use super::reader::Reader;
use crate::EngineError;
use crate::error::coding;
use alloc::vec::Vec;
use tensorpress_entropy::grid;
#[cfg(feature = "encode")]
use tensorpress_transforms::rate::Quantized;

/// Appends a block.
#[cfg(feature = "encode")]
pub fn encode(quantized: &Quantized, number: Number, out: &mut Vec<u8>) {
    out.extend_from_slice(&[Kind::Grid as u8, number as u8]);
    quantized.encode(out);
}

/// Decodes into exactly `out`.
pub(super) fn decode(payload: &[u8], out: &mut [u8], weights: &mut Vec<f32>) -> Result<(), EngineError> {
    let mut reader = Reader::new("grid block", payload);
    let number = reader.number(out.len())?;
    weights.clear();
    weights.resize(out.len() / number.width(), 0.0);
    grid::decode_values(reader.remaining(), weights).map_err(|error| coding("grid block", error))?;
    number.write(weights, out);
    Ok(())
}
