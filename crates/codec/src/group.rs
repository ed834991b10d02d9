//! Groups of jobs: what a worker does in one call where tensors are small. A job of a group must be a whole stream.

use crate::EngineError;
use crate::block::Scratch;
use crate::error::{invalid, limit, truncated};
use crate::job::{DecodeParams, decode_job, leaf_hashes};
use crate::limits::MAX_BLOCK;
use alloc::vec::Vec;

/// The most decoded bytes of a group.
const MAX_GROUP: u64 = MAX_BLOCK as u64;

/// One decoding job of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct DecodePart {
    /// Where its encoded bytes begin in the group's input.
    offset: u32,
    params: DecodeParams,
}

/// The decoding jobs of a group; their decoded bytes follow each other.
///
/// TypeScript writes them for [`DecodeGroup::from_bytes`]: for each job, one behind the other, 4 bytes that say where its
/// encoded bytes begin in the group's input (little-endian), and then the bytes of its [`DecodeParams`]. A job may begin
/// anywhere, for between streams of an archive there is padding; the group's `raw_len`s add up to at most 16 MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeGroup {
    parts: Vec<DecodePart>,
}

impl DecodeGroup {
    /// A group of jobs, each with the place where its encoded bytes begin in the group's input.
    pub fn new(jobs: impl Iterator<Item = (u32, DecodeParams)>) -> Self {
        let parts = jobs.map(|(offset, params)| DecodePart { offset, params });
        DecodeGroup { parts: parts.collect() }
    }

    /// The bytes that [`DecodeGroup::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in &self.parts {
            bytes.extend_from_slice(&part.offset.to_le_bytes());
            bytes.extend_from_slice(&part.params.to_bytes());
        }
        bytes
    }

    /// Reads and checks a group.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EngineError> {
        let (mut rest, mut parts, mut total) = (bytes, Vec::new(), 0u64);
        while let Some((offset, behind)) = rest.split_first_chunk::<4>() {
            let (params, behind) = DecodeParams::split_from(behind)?;
            total += u64::from(params.raw_len);
            if total > MAX_GROUP {
                return Err(limit("MAX_GROUP", MAX_GROUP, total));
            }
            let offset = u32::from_le_bytes(*offset);
            parts.push(DecodePart { offset, params });
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(invalid("params", detail!("{} bytes behind the last job", rest.len())));
        }
        Ok(DecodeGroup { parts })
    }

    /// Decoded length of all jobs, at most 16 MiB.
    pub fn raw_len(&self) -> usize {
        self.parts.iter().map(|part| part.params.raw_len as usize).sum()
    }

    /// The leaf hashes of the decoded blocks, job after job, 8 bytes each.
    pub fn leaf_hashes(&self, decoded: &[u8]) -> Vec<u8> {
        let mut rest = decoded;
        let mut hashes = Vec::new();
        for DecodePart { params, .. } in &self.parts {
            let (own, behind) = rest.split_at(rest.len().min(params.raw_len as usize));
            leaf_hashes(params.block, own, &mut hashes);
            rest = behind;
        }
        hashes
    }

    /// Decodes all jobs into `out`, which must have exactly `raw_len` bytes.
    pub fn decode(&self, encoded: &[u8], out: &mut [u8], scratch: &mut Scratch) -> Result<(), EngineError> {
        let mut rest = out;
        for DecodePart { offset, params } in &self.parts {
            let found = rest.len() as u64;
            let split = rest.split_at_mut_checked(params.raw_len as usize);
            let (target, behind) = split.ok_or_else(|| truncated("output", u64::from(params.raw_len), found))?;
            let end = u64::from(*offset) + params.encoded_len();
            let own = usize::try_from(end)
                .ok()
                .and_then(|end| encoded.get(*offset as usize..end));
            let own = own.ok_or_else(|| truncated("group", end, encoded.len() as u64))?;
            decode_job(params, own, target, scratch)?;
            rest = behind;
        }
        if !rest.is_empty() {
            return Err(invalid("output", detail!("{} bytes too many", rest.len())));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Layout;
    use crate::digest::xxh3_64;

    /// A job of one block that is stored as it is, and its encoded bytes.
    fn stored(bytes: &[u8]) -> (DecodeParams, Vec<u8>) {
        let encoded = [&[0], bytes].concat();
        let params = DecodeParams {
            layout: Layout::U8,
            block: bytes.len().max(1) as u32,
            raw_len: bytes.len() as u32,
            blocks: vec![(encoded.len() as u32, xxh3_64(&encoded))],
        };
        (params, encoded)
    }

    fn code<T>(found: Result<T, EngineError>) -> &'static str {
        found.map_or_else(|error| error.code(), |_| "")
    }

    #[test]
    fn groups_are_limited_and_whole() {
        let job = |raw_len: u32| {
            let params = DecodeParams {
                raw_len,
                block: raw_len,
                ..stored(b"a").0
            };
            (0, params)
        };
        let read =
            |jobs: &[u32]| DecodeGroup::from_bytes(&DecodeGroup::new(jobs.iter().map(|len| job(*len))).to_bytes());
        assert_eq!(read(&[]).unwrap().raw_len(), 0);
        assert_eq!(read(&[MAX_BLOCK]).unwrap().raw_len() as u64, MAX_GROUP);
        assert_eq!(read(&[1 << 23, 1 << 23]).unwrap().raw_len() as u64, MAX_GROUP);
        for jobs in [&[MAX_BLOCK, 1][..], &[1 << 23, (1 << 23) + 1], &[MAX_BLOCK; 1000]] {
            assert_eq!(code(read(jobs)), "limit");
        }
        let mut bytes = read(&[5, 6]).unwrap().to_bytes();
        for _ in 0..3 {
            bytes.push(0);
            assert_eq!(code(DecodeGroup::from_bytes(&bytes)), "invalid-option");
        }
    }

    #[test]
    fn jobs_begin_anywhere_and_end_within_the_input() {
        let ((a, first), (b, second)) = (stored(b"one"), stored(b"four"));
        let input = [&first[..], b"padding", &second].concat();
        let at = (first.len() + 7) as u32;
        let group = DecodeGroup::new([(0, a.clone()), (at, b.clone())].into_iter());
        let run = |group: &DecodeGroup, input: &[u8], len: usize| {
            let mut out = vec![0; len];
            group.decode(input, &mut out, &mut Scratch::default()).map(|()| out)
        };
        assert_eq!(run(&group, &input, 7), Ok(b"onefour".to_vec()));
        for len in 0..input.len() {
            assert_eq!(code(run(&group, &input[..len], 7)), "truncated", "{len}");
        }
        for (len, expected) in [
            (0, "truncated"),
            (3, "truncated"),
            (6, "truncated"),
            (8, "invalid-option"),
        ] {
            assert_eq!(code(run(&group, &input, len)), expected, "{len}");
        }
        for offset in [at - 1, at + 1, u32::MAX - 1, u32::MAX] {
            let moved = DecodeGroup::new([(0, a.clone()), (offset, b.clone())].into_iter());
            assert_ne!(code(run(&moved, &input, 7)), "", "{offset}");
        }
        let leaves = [&b"one"[..], b"four"].map(|bytes| xxh3_64(bytes).to_le_bytes());
        assert_eq!(group.leaf_hashes(b"onefour"), leaves.concat());
    }
}
