//! Blocks: each is encoded and decoded on its own (docs/FORMAT.md, sections 4 to 6).
//!
//! One file a kind of block; `choose` looks at a block's bytes and picks the kind.

mod constant;
mod deflate;
mod effort;
mod fault;
mod kind;
mod layout;

pub use effort::Effort;
pub use kind::Kind;
pub use layout::Layout;

use crate::EngineError;
use fault::{corrupt, truncated};

/// Buffers that calls share, so that no block pays for an allocation. One a thread.
#[derive(Default)]
pub struct Scratch {
    deflate: deflate::Deflate,
}

impl Scratch {
    /// Buffers that grow when needed.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Appends the encoded form of `raw` to `out`: at most one byte more than `raw`.
///
/// Any bytes are encoded, whether or not they are whole elements of `layout`.
pub fn encode_block(layout: Layout, effort: Effort, raw: &[u8], out: &mut Vec<u8>, scratch: &mut Scratch) {
    let _ = layout;
    if let Some(width) = constant::width(raw) {
        constant::encode(raw, width, out);
    } else if !scratch.deflate.encode(raw, effort, raw.len(), out) {
        encode_stored(raw, out);
    }
}

fn encode_stored(raw: &[u8], out: &mut Vec<u8>) {
    out.push(Kind::Stored as u8);
    out.extend_from_slice(raw);
}

/// Decodes one block into exactly `out`. What `out` holds after an error is unspecified.
pub fn decode_block(layout: Layout, encoded: &[u8], out: &mut [u8], scratch: &mut Scratch) -> Result<(), EngineError> {
    let _ = layout;
    let Some((&first, payload)) = encoded.split_first() else {
        return Err(truncated("block", 1, 0));
    };
    match Kind::from_byte(first)? {
        Kind::Stored => decode_stored(payload, out),
        Kind::Constant => constant::decode(payload, out),
        Kind::Deflate => scratch.deflate.decode(payload, out),
        other => Err(corrupt("block", format!("a {} block", other.name()))),
    }
}

fn decode_stored(payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    if payload.len() != out.len() {
        return Err(corrupt(
            "stored block",
            format!("{} bytes, expected {}", payload.len(), out.len()),
        ));
    }
    out.copy_from_slice(payload);
    Ok(())
}
