//! Blocks: each is encoded and decoded on its own (docs/FORMAT.md, sections 4 to 12).
//!
//! One file a kind of block; `choose` looks at a block's bytes and picks the kind.

#[cfg(test)]
mod approximate_tests;
mod buffer;
mod choose;
mod constant;
mod deflate;
mod double;
mod effort;
mod float;
mod float_format;
mod float_model;
#[cfg(test)]
mod forged_approximate_tests;
#[cfg(test)]
mod forged_tests;
pub mod grid;
mod kind;
mod layout;
pub mod low_rank;
mod mixed;
mod narrow;
mod nested;
pub mod number;
#[cfg(feature = "encode")]
pub mod outcome;
pub mod palette;
mod plane;
mod planes;
mod reader;
pub mod scaled;
mod sparse;

pub use effort::Effort;
pub use kind::Kind;
pub use layout::Layout;

use crate::EngineError;
use crate::error::{corrupt, truncated};
use alloc::vec::Vec;
use nested::Nested;
use tensorpress_kernels::bytes::append;

/// Buffers that calls share, so that no block pays for an allocation. One a thread.
#[derive(Default)]
pub struct Scratch {
    deflate: deflate::Deflate,
    float: float::FloatBuffers,
    planes: planes::PlanesBuffers,
    palette: palette::PaletteBuffers,
    scaled: scaled::ScaledBuffers,
    grid: Vec<f32>,
    pool: buffer::Pool,
}

impl Scratch {
    /// Buffers that grow when needed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes a block of one of the kinds that `nested` allows.
    fn decode(&mut self, encoded: &[u8], out: &mut [u8], nested: Nested) -> Result<(), EngineError> {
        let Some((&first, payload)) = encoded.split_first() else {
            return Err(truncated("block", 1, 0));
        };
        let kind = Kind::from_byte(first)?;
        if !nested.allows(kind) {
            return Err(corrupt(
                "block",
                detail!("a {} block within another that may not hold it", kind.name()),
            ));
        }
        match kind {
            Kind::Stored => decode_stored(payload, out),
            Kind::Constant => constant::decode(payload, out),
            Kind::Deflate => deflate::decode(payload, out),
            Kind::Float => float::decode(payload, out, &mut self.float),
            Kind::Planes => planes::decode(payload, out, &mut self.planes),
            Kind::Palette => palette::decode(payload, out, &mut self.palette),
            Kind::Sparse => sparse::decode(self, payload, out),
            Kind::Narrow => narrow::decode(self, payload, out),
            Kind::Mixed => mixed::decode(self, payload, out),
            Kind::Scaled => scaled::decode(self, payload, out),
            Kind::Grid => grid::decode(payload, out, &mut self.grid),
            Kind::LowRank => low_rank::decode(self, payload, out),
        }
    }
}

/// Appends the encoded form of `raw` to `out`: at most one byte more than `raw`.
///
/// Any bytes are encoded, whether or not they are whole elements of `layout`.
pub fn encode_block(layout: Layout, effort: Effort, raw: &[u8], out: &mut Vec<u8>, scratch: &mut Scratch) {
    scratch.encode(raw, layout, Nested::TOP, effort, out);
}

/// Decodes one block into exactly `out`. What `out` holds after an error is unspecified.
///
/// `layout` is not used: a block says itself what its elements are.
pub fn decode_block(_layout: Layout, encoded: &[u8], out: &mut [u8], scratch: &mut Scratch) -> Result<(), EngineError> {
    scratch.decode(encoded, out, Nested::TOP)
}

fn encode_stored(raw: &[u8], out: &mut Vec<u8>) {
    out.push(Kind::Stored as u8);
    append(raw, out);
}

fn decode_stored(payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    if payload.len() != out.len() {
        return Err(corrupt(
            "stored block",
            detail!("{} bytes, expected {}", payload.len(), out.len()),
        ));
    }
    out.copy_from_slice(payload);
    Ok(())
}
