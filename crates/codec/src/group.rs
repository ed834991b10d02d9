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
