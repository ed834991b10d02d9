//! The pure jobs that decode a run of whole blocks of one stream. No state survives a job, so any worker may run any
//! of them in any order.

use crate::EngineError;
use crate::block::{self, Layout, Scratch};
use crate::digest::xxh3_64;
use crate::error::{Detail, corrupt, invalid, limit, truncated};
use crate::limits::{JOB_BYTES, MAX_BLOCK};
use alloc::vec::Vec;

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
        let layout = Layout::ALL.iter().position(|l| *l == self.layout).unwrap_or(0);
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
        let layout = Layout::ALL
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

#[cfg(test)]
mod tests {
    use super::*;

    fn params(block: u32, raw_len: u32, encoded: &[&[u8]]) -> DecodeParams {
        DecodeParams {
            layout: Layout::U8,
            block,
            raw_len,
            blocks: encoded
                .iter()
                .map(|block| (block.len() as u32, xxh3_64(block)))
                .collect(),
        }
    }

    fn code<T>(found: Result<T, EngineError>) -> &'static str {
        found.map_or_else(|error| error.code(), |_| "")
    }

    #[test]
    fn every_layout_and_number_comes_back() {
        for layout in Layout::ALL {
            let whole = DecodeParams {
                layout,
                ..params(0x0102_0304 >> 4, 0x0506 << 8, &[b"a"])
            };
            assert_eq!(DecodeParams::from_bytes(&whole.to_bytes()), Ok(whole));
        }
    }

    #[test]
    fn numbers_are_limited() {
        let most = MAX_BLOCK;
        for (block, raw_len, expected) in [
            (most, most, ""),
            (most + 1, 1, "limit"),
            (most, most + 1, "limit"),
            (u32::MAX, u32::MAX, "limit"),
            (1, 0, ""),
            (1, 1, ""),
            (0, 0, "invalid-option"),
            (0, 1, "invalid-option"),
            // As many blocks as nobody lists.
            (1, 2, "invalid-option"),
            (1, most, "invalid-option"),
        ] {
            let listed: &[&[u8]] = if raw_len == 0 { &[] } else { &[b"a"] };
            let bytes = params(block, raw_len, listed).to_bytes();
            assert_eq!(code(DecodeParams::from_bytes(&bytes)), expected, "{block} {raw_len}");
            let behind = [&bytes[..], &[0]].concat();
            assert_ne!(code(DecodeParams::from_bytes(&behind)), "", "{block} {raw_len}");
        }
    }

    #[test]
    fn jobs_that_are_not_as_they_say_are_refused() {
        // Two blocks, stored as they are: a kind of 0 and the bytes.
        let (first, second) = ([0, 1, 2, 3, 4, 5], [0, 6, 7]);
        let encoded = [&first[..], &second].concat();
        let honest = params(5, 7, &[&first, &second]);
        let run = |params: &DecodeParams, encoded: &[u8], len: usize| {
            let mut out = vec![0; len];
            decode_job(params, encoded, &mut out, &mut Scratch::default()).map(|()| out)
        };
        assert_eq!(run(&honest, &encoded, 7), Ok(vec![1, 2, 3, 4, 5, 6, 7]));
        for len in [0, 5, 6, 8] {
            assert_eq!(code(run(&honest, &encoded, len)), "invalid-option", "{len}");
        }
        let without = DecodeParams {
            block: 0,
            ..honest.clone()
        };
        assert_eq!(code(run(&without, &encoded, 7)), "invalid-option");
        for len in 0..encoded.len() {
            assert_eq!(code(run(&honest, &encoded[..len], 7)), "truncated", "{len}");
        }
        assert_eq!(code(run(&honest, &[&encoded[..], &[0]].concat(), 7)), "corrupt");
        // A flipped bit of what is stored is a block like any other, but for its checksum.
        for at in 0..encoded.len() {
            let mut flipped = encoded.clone();
            flipped[at] ^= 1;
            assert_eq!(code(run(&honest, &flipped, 7)), "corrupt", "{at}");
        }
        for place in [0, 1] {
            let mut other = honest.clone();
            other.blocks[place].1 ^= 1 << 63;
            assert_eq!(code(run(&other, &encoded, 7)), "corrupt", "{place}");
        }
    }

    #[test]
    fn leaves_are_hashes_of_blocks() {
        let mut hashes = vec![7];
        leaf_hashes(5, &[1, 2, 3, 4, 5, 6, 7], &mut hashes);
        let blocks = [&[1, 2, 3, 4, 5][..], &[6, 7]].map(|block| xxh3_64(block).to_le_bytes());
        assert_eq!(hashes, [&[7][..], &blocks.concat()].concat());
    }

    #[test]
    fn records_are_whole() {
        assert_eq!(records::<2>(&[1, 2, 3, 4]), Some(vec![[1, 2], [3, 4]]));
        assert_eq!(records::<2>(&[]), Some(vec![]));
        assert_eq!(records::<2>(&[1, 2, 3]), None);
        assert_eq!(records::<2>(&[1]), None);
    }
}
