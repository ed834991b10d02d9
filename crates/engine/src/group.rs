//! Groups of jobs: what a worker does in one call where tensors are small. A job of a group must be a whole stream.

use crate::EngineError;
use crate::archive::Archive;
use crate::codec::Scratch;
use crate::fault::{invalid, limit, truncated};
use crate::header::ALIGN;
use crate::job::{DecodeParams, EncodeParams, append_job, decode_job, leaf_hashes};
use crate::limits::MAX_BLOCK;
use serde::{Deserialize, Serialize};

/// Most decoded bytes of a group.
const MAX_GROUP: u64 = MAX_BLOCK as u64;

/// One encoding job of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct EncodePart {
    /// Decoded bytes; those of the parts follow each other in the group's input.
    pub raw_len: u64,
    /// What to do with them.
    pub params: EncodeParams,
}

/// Encodes the parts of `raw`, one behind the other. Each one's bytes begin at a multiple of 64, as those of the streams
/// of an archive do, so that the output goes there as it is. `out` and `meta` are emptied first.
pub fn encode_group(
    parts: &[EncodePart],
    raw: &[u8],
    out: &mut Vec<u8>,
    meta: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<(), EngineError> {
    out.clear();
    meta.clear();
    let mut rest = raw;
    for part in parts {
        let split = usize::try_from(part.raw_len)
            .ok()
            .and_then(|len| rest.split_at_checked(len));
        let Some((own, others)) = split else {
            return Err(truncated("group", part.raw_len, rest.len() as u64));
        };
        out.resize(out.len().next_multiple_of(ALIGN as usize), 0);
        append_job(&part.params, own, out, meta, scratch)?;
        rest = others;
    }
    if !rest.is_empty() {
        return Err(invalid("group", format!("{} bytes behind its last job", rest.len())));
    }
    Ok(())
}

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
    /// The jobs `ids` of an archive; the group's input is what lies there from the first one's start to the last one's end.
    pub fn of(archive: &Archive, ids: &[usize]) -> Result<Self, EngineError> {
        let mut parts = Vec::with_capacity(ids.len());
        let mut first = None;
        for &id in ids {
            let params = archive.job_params(id)?;
            let at = archive.job_offset(id)?;
            let offset = at
                .checked_sub(*first.get_or_insert(at))
                .and_then(|offset| u32::try_from(offset).ok());
            let offset = offset.ok_or_else(|| invalid("ids", "not in the order of the archive, or too far apart"))?;
            parts.push(DecodePart { offset, params });
        }
        Ok(DecodeGroup { parts })
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
            return Err(invalid("params", format!("{} bytes behind the last job", rest.len())));
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
            hashes.extend(leaf_hashes(params.block, own));
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
            return Err(invalid("output", format!("{} bytes too many", rest.len())));
        }
        Ok(())
    }
}
