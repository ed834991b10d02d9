//! Coded planes (docs/FORMAT.md, section 6), read where they lie when they are stored raw.

use super::buffer;
use super::effort::Effort;
use super::reader::Reader;
use crate::EngineError;
use crate::error::coding;
use alloc::vec::Vec;
use tensorpress_entropy::logarithm::entropy_bits;
use tensorpress_entropy::plane;
pub(super) use tensorpress_entropy::plane::RAW;
use tensorpress_kernels::bytes::append;
use tensorpress_kernels::histogram::sampled_histogram;

/// Bytes of one run of a sample.
const RUN: usize = 128;
/// A sample holds one run of at most this many.
const EVERY: usize = 64;
/// Fewest bytes of a sample.
const LEAST_SAMPLE: usize = 1024;

impl From<Effort> for plane::Effort {
    fn from(effort: Effort) -> Self {
        match effort {
            Effort::Fast => Self::Fast,
            Effort::Default => Self::Default,
            Effort::Max => Self::Max,
        }
    }
}

/// Appends `src` as a coded plane: at most one byte more.
pub(super) fn encode(src: &[u8], effort: Effort, out: &mut Vec<u8>) {
    plane::encode_plane(src, effort.into(), out);
}

/// The same where the caller has counts of `src` and stores `beside` bits of the same elements another way.
pub(super) fn encode_counted(src: &[u8], counts: &[u32; 256], beside: u64, effort: Effort, out: &mut Vec<u8>) {
    plane::encode_plane_counted(src, counts, beside, effort.into(), out);
}

/// Appends `src` as a plane that is stored raw.
pub(super) fn store(src: &[u8], out: &mut Vec<u8>) {
    out.push(RAW);
    append(src, out);
}

/// Whether a sample of `src` says that coding it would not pay. Never at [`Effort::Max`], nor of short planes.
pub(super) fn passes_for_noise(src: &[u8], effort: Effort) -> bool {
    effort != Effort::Max && src.len() >= 2 * LEAST_SAMPLE && sample_is_noise(src)
}

/// Whether a sample has almost 8 bits of entropy a byte. A small one seems to have less than it has, by about
/// 255 / (2 ln 2) bits altogether.
fn sample_is_noise(src: &[u8]) -> bool {
    let every = (src.len() / LEAST_SAMPLE).clamp(1, EVERY);
    let (counts, total) = sampled_histogram(src, RUN, every);
    // Less than 1.5% below 8 bits is not worth decoding.
    entropy_bits(counts.into_iter()) + 184 > total * 8 * 985 / 1000
}

/// The next coded plane of `reader`, which has `len` bytes: within the payload, or decoded into `buffer`.
pub(super) fn decode<'a>(
    reader: &mut Reader<'a>,
    len: usize,
    buffer: &'a mut Vec<u8>,
) -> Result<&'a [u8], EngineError> {
    if let Some((bytes, taken)) = plane::raw_plane(reader.remaining(), len) {
        reader.skip(taken)?;
        return Ok(bytes);
    }
    let target = buffer::at_least(buffer, len);
    decode_into(reader, target)?;
    Ok(target)
}

/// The next coded plane of `reader`, into the whole of `target`.
pub(super) fn decode_into(reader: &mut Reader, target: &mut [u8]) -> Result<(), EngineError> {
    let taken = plane::decode_plane(reader.remaining(), target).map_err(|error| coding("coded plane", error))?;
    reader.skip(taken)
}
