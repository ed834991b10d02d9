//! Kind 2: a raw DEFLATE stream, for bytes that are text or structure rather than weights.

use super::effort::Effort;
use super::kind::Kind;
use crate::EngineError;
use crate::error::corrupt;
use alloc::boxed::Box;
use alloc::vec::Vec;
use miniz_oxide::DataFormat;
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, TDEFLStatus, compress};
use tensorpress_entropy::inflate::inflate;

/// Bytes of the part that is tried first.
const SAMPLE: usize = 16 << 10;

/// Whether trying is worth the time: the bytes are few, or a part from their middle shrinks at the fastest level.
pub(super) fn promises(deflate: &mut Deflate, raw: &[u8]) -> bool {
    if raw.len() < 4 * SAMPLE {
        return true;
    }
    let start = raw.len() / 2;
    let part = &raw[start..start + SAMPLE];
    // Noise shrinks by less than a hundredth.
    deflate.sample(part) < SAMPLE - SAMPLE / 100
}

/// The working memory of the encoder: some hundred KiB, made when first needed.
#[derive(Default)]
pub(super) struct Deflate {
    compressor: Option<Box<CompressorOxide>>,
    buffer: Vec<u8>,
}

impl Deflate {
    /// Appends a block unless its payload would reach `bound` bytes; says whether it did.
    pub(super) fn encode(&mut self, raw: &[u8], effort: Effort, bound: usize, out: &mut Vec<u8>) -> bool {
        let level = match effort {
            Effort::Fast => 1,
            Effort::Default => 4,
            Effort::Max => 9,
        };
        let compressor = self.compressor.get_or_insert_default();
        compressor.reset();
        compressor.set_format_and_level(DataFormat::Raw, level);
        self.buffer.resize(bound, 0);
        // A buffer that is too small is the cheapest way to give up.
        let (status, taken, written) = compress(compressor, raw, &mut self.buffer, TDEFLFlush::Finish);
        if status != TDEFLStatus::Done || taken != raw.len() || written >= bound {
            return false;
        }
        out.push(Kind::Deflate as u8);
        out.extend_from_slice(&self.buffer[..written]);
        true
    }

    /// Appends nothing, but says what the fastest level makes of a part of `raw`.
    pub(super) fn sample(&mut self, part: &[u8]) -> usize {
        let compressor = self.compressor.get_or_insert_default();
        compressor.reset();
        compressor.set_format_and_level(DataFormat::Raw, 1);
        self.buffer.resize(part.len(), 0);
        let (status, _, written) = compress(compressor, part, &mut self.buffer, TDEFLFlush::Finish);
        if status == TDEFLStatus::Done {
            written
        } else {
            part.len()
        }
    }
}

/// Inflates into exactly `out`.
pub(super) fn decode(payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    if !inflate(payload, out) {
        return Err(corrupt(
            "deflate block",
            detail!("{} bytes that do not inflate to exactly {}", payload.len(), out.len()),
        ));
    }
    Ok(())
}
