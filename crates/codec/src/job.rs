//! The pure jobs that decode a run of whole blocks of one stream. No state survives a job, so any worker may run any
//! of them in any order.

use crate::EngineError;
use crate::block::{self, Layout, Scratch};
use crate::digest::xxh3_64;
use crate::error::{Detail, corrupt, invalid, limit, truncated};
use crate::limits::{JOB_BYTES, MAX_BLOCK};
use alloc::vec::Vec;

/// Every layout, in the order of its number in [`DecodeParams`].
const LAYOUTS: [Layout; 9] = [
    Layout::Opaque,
    Layout::U8,
    Layout::W2,
    Layout::W4,
    Layout::W8,
    Layout::F16,
    Layout::Bf16,
    Layout::F32,
    Layout::F64,
];

/// What a decoding job needs besides its bytes.
///
/// TypeScript writes them for [`DecodeParams::from_bytes`]. All numbers are little-endian and nothing is padded:
///
/// | bytes | holds |
/// |---|---|
/// | 1 | layout: 0 `opaque`, 1 `u8`, 2 `w2`, 3 `w4`, 4 `w8`, 5 `f16`, 6 `bf16`, 7 `f32`, 8 `f64` |
/// | 4 | `block`, at least 1 and at most 16 MiB |
/// | 4 | `raw_len`, at most 16 MiB |
/// | 12 a block | its encoded length (4), the XXH3-64 of its encoded bytes (8) |
///
/// There are `raw_len / block` blocks, rounded up: 9 + 12 · blocks bytes altogether. The job's input is the encoded
/// blocks, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeParams {
    /// How the elements lie.
    pub layout: Layout,
    /// Decoded length of each block but the last.
    pub block: u32,
    /// Decoded length of the job.
    pub raw_len: u32,
    /// Encoded length and checksum of each block.
    pub blocks: Vec<(u32, u64)>,
}

impl DecodeParams {
    /// The bytes that [`DecodeParams::from_bytes`] reads. They only travel between threads, never into a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let layout = LAYOUTS.iter().position(|l| *l == self.layout).unwrap_or(0);
        let mut bytes = vec![layout as u8];
        bytes.extend_from_slice(&self.block.to_le_bytes());
        bytes.extend_from_slice(&self.raw_len.to_le_bytes());
        for (len, checksum) in &self.blocks {
            bytes.extend_from_slice(&len.to_le_bytes());
            bytes.extend_from_slice(&checksum.to_le_bytes());
        }
        bytes
    }

    /// Reads and checks parameters.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EngineError> {
        let (params, rest) = Self::split_from(bytes)?;
        if !rest.is_empty() {
            return Err(invalid("params", detail!("{} bytes behind them", rest.len())));
        }
        Ok(params)
    }

    /// Reads and checks the parameters at the start of `bytes` and gives what is behind them.
    pub(crate) fn split_from(bytes: &[u8]) -> Result<(Self, &[u8]), EngineError> {
        let fail = |detail: Detail| invalid("params", detail);
        let Some((head, rest)) = bytes.split_first_chunk::<9>() else {
            return Err(fail(detail!("{} bytes, expected at least 9", bytes.len())));
        };
        let [layout, b0, b1, b2, b3, r0, r1, r2, r3] = *head;
        let layout = LAYOUTS
            .get(usize::from(layout))
            .ok_or_else(|| fail(detail!("layout {layout}")))?;
        let block = u32::from_le_bytes([b0, b1, b2, b3]);
        let raw_len = u32::from_le_bytes([r0, r1, r2, r3]);
        let most = u64::from(MAX_BLOCK).max(JOB_BYTES);
        if u64::from(block.max(raw_len)) > most {
            return Err(limit("JOB_BYTES", most, u64::from(block.max(raw_len))));
        }
        if block == 0 {
            return Err(fail(detail!("blocks of no bytes")));
        }
        let count = raw_len.div_ceil(block) as usize;
        let listed = count.checked_mul(12).and_then(|len| rest.split_at_checked(len));
        let Some((listed, rest)) = listed else {
            return Err(fail(detail!("{} bytes for {count} blocks", rest.len())));
        };
        let blocks = listed
            .as_chunks()
            .0
            .iter()
            .map(|&[a, b, c, d, s0, s1, s2, s3, s4, s5, s6, s7]| {
                let checksum = u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
                (u32::from_le_bytes([a, b, c, d]), checksum)
            });
        let params = DecodeParams {
            layout: *layout,
            block,
            raw_len,
            blocks: blocks.collect(),
        };
        Ok((params, rest))
    }

    /// Encoded length of the job.
    pub fn encoded_len(&self) -> u64 {
        self.blocks.iter().map(|(len, _)| u64::from(*len)).sum()
    }
}

/// Decodes a job into `out`, which must have exactly `raw_len` bytes. Each block's checksum is compared before
/// its first byte is looked at.
pub fn decode_job(
    params: &DecodeParams,
    encoded: &[u8],
    out: &mut [u8],
    scratch: &mut Scratch,
) -> Result<(), EngineError> {
    if out.len() != params.raw_len as usize || params.block == 0 {
        return Err(invalid(
            "output",
            detail!("{} bytes, expected {}", out.len(), params.raw_len),
        ));
    }
    let mut rest = encoded;
    for (number, (target, (len, checksum))) in out.chunks_mut(params.block as usize).zip(&params.blocks).enumerate() {
        let Some((encoded, tail)) = rest.split_at_checked(*len as usize) else {
            return Err(truncated("block", u64::from(*len), rest.len() as u64));
        };
        let found = xxh3_64(encoded);
        if found != *checksum {
            return Err(corrupt(
                "block",
                detail!("block {number} of the job has checksum {found:016x}, expected {checksum:016x}"),
            ));
        }
        block::decode_block(params.layout, encoded, target, scratch)?;
        rest = tail;
    }
    if !rest.is_empty() {
        return Err(corrupt(
            "block",
            detail!("{} bytes behind the last block of the job", rest.len()),
        ));
    }
    Ok(())
}

/// Appends the leaf hashes of decoded bytes, 8 bytes a block, as an archive's streams are verified by.
pub fn leaf_hashes(block: u32, decoded: &[u8], hashes: &mut Vec<u8>) {
    for block in decoded.chunks(block.max(1) as usize) {
        hashes.extend_from_slice(&xxh3_64(block).to_le_bytes());
    }
}

/// Divides `bytes` into records of `N` bytes; `None` when some are left over.
pub fn records<const N: usize>(bytes: &[u8]) -> Option<Vec<[u8; N]>> {
    let chunks = bytes.chunks_exact(N);
    if !chunks.remainder().is_empty() {
        return None;
    }
    chunks.map(|chunk| chunk.try_into().ok()).collect()
}
