//! The manifest entry: plan, digests and block index (docs/FORMAT.md, section 2).

use crate::digest::xxh3_64;
use crate::fault::{corrupt, limit, truncated, unsupported};
use crate::header::{VERSION, align};
use crate::inflate::inflate_declared;
use crate::limits::{MAX_MANIFEST, MAX_PLAN};
use crate::plan::Planned;
use crate::schema::Plan;
use crate::{EngineError, validate};

/// `TPRESS`, 0; the version follows.
const MAGIC: [u8; 7] = *b"TPRESS\0";
/// Bytes before the deflated plan.
const FIXED: u64 = 32;
/// Bytes of a file's digest, of a stream's hash and of a block's index.
const FILE_BYTES: u64 = 16;
const STREAM_BYTES: u64 = 8;
pub const BLOCK_BYTES: u64 = 12;

/// What the archive says about every block, in the order of the streams.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockIndex {
    /// Encoded lengths.
    pub lens: Vec<u32>,
    /// XXH3-64 of the encoded bytes.
    pub hashes: Vec<u64>,
    /// The first block of each stream, and the number of all blocks.
    pub first: Vec<usize>,
}

/// A manifest that was read.
#[derive(Debug)]
pub struct Manifest {
    /// The plan, checked.
    pub plan: Plan,
    /// XXH3-128 of each original file.
    pub digests: Vec<u128>,
    /// Hash of each stream's leaf hashes.
    pub stream_hashes: Vec<u64>,
    /// The blocks.
    pub index: BlockIndex,
}

/// Length of the entry, padding included.
pub fn entry_len(deflated: u64, files: u64, streams: u64, blocks: u64) -> Option<u64> {
    let digests = files.checked_mul(FILE_BYTES)?;
    let hashes = streams.checked_mul(STREAM_BYTES)?;
    let index = blocks.checked_mul(BLOCK_BYTES)?;
    let len = FIXED.checked_add(deflated)?.checked_add(digests)?;
    align(len.checked_add(hashes)?.checked_add(index)?)
}

/// Writes the entry. `deflated` is the plan's DEFLATE stream, `plan_len` its inflated length.
pub fn write(
    header: &[u8],
    deflated: &[u8],
    plan_len: u32,
    digests: &[u128],
    stream_hashes: &[u64],
    index: &BlockIndex,
) -> Vec<u8> {
    let mut bytes =
        Vec::with_capacity(FIXED as usize + deflated.len() + index.lens.len() * BLOCK_BYTES as usize + 4096);
    bytes.extend_from_slice(&MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&xxh3_64(header).to_le_bytes());
    bytes.extend_from_slice(&(deflated.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&plan_len.to_le_bytes());
    bytes.extend_from_slice(deflated);
    for digest in digests {
        bytes.extend_from_slice(&digest.to_le_bytes());
    }
    for (stream, hash) in stream_hashes.iter().enumerate() {
        bytes.extend_from_slice(&hash.to_le_bytes());
        for block in index.first[stream]..index.first[stream + 1] {
            bytes.extend_from_slice(&index.lens[block].to_le_bytes());
            bytes.extend_from_slice(&index.hashes[block].to_le_bytes());
        }
    }
    bytes.resize(bytes.len().next_multiple_of(crate::header::ALIGN as usize), 0);
    let sum = xxh3_64(&bytes[16..]);
    bytes[8..16].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Reads and checks the entry that belongs to `header`.
pub fn parse(entry: &[u8], header: &[u8]) -> Result<Manifest, EngineError> {
    let fail = |detail: String| corrupt("manifest", detail);
    let mut rest = Cursor(entry);
    if rest.take(7)? != MAGIC {
        return Err(fail("does not begin with the magic bytes TPRESS".to_owned()));
    }
    let version = rest.take(1)?[0];
    if version != VERSION {
        return Err(unsupported(format!(
            "container version {version}; this build reads version {VERSION}"
        )));
    }
    let sum = rest.u64()?;
    let found = xxh3_64(rest.0);
    if sum != found {
        return Err(fail(format!("has checksum {found:016x}, expected {sum:016x}")));
    }
    let (sum, found) = (rest.u64()?, xxh3_64(header));
    if sum != found {
        return Err(corrupt(
            "header",
            format!("has checksum {found:016x}, expected {sum:016x}"),
        ));
    }
    let deflated = rest.u32()?;
    let plan_len = rest.u32()?;
    let plan = read_plan(rest.take(deflated as usize)?, u64::from(plan_len))?;
    validate::check(&plan)?;

    let blocks = validate::blocks(&plan)?;
    let expected = entry_len(
        u64::from(deflated),
        plan.files.len() as u64,
        plan.streams.len() as u64,
        blocks,
    );
    if expected != Some(entry.len() as u64) {
        return Err(fail(format!(
            "has {} bytes, but {} files and {blocks} blocks need {expected:?}",
            entry.len(),
            plan.files.len()
        )));
    }
    // The entry has as many bytes as the counts need, so what follows allocates in proportion to it.
    let digests = plan.files.iter().map(|_| rest.u128()).collect::<Result<_, _>>()?;
    let mut index = BlockIndex {
        lens: Vec::with_capacity(blocks as usize),
        hashes: Vec::with_capacity(blocks as usize),
        first: vec![0],
    };
    let mut stream_hashes = Vec::with_capacity(plan.streams.len());
    for stream in &plan.streams {
        stream_hashes.push(rest.u64()?);
        for block in 0..stream.blocks() {
            let len = rest.u32()?;
            let decoded = (stream.len - block * u64::from(stream.block)).min(u64::from(stream.block));
            if len == 0 || u64::from(len) > decoded + 1 {
                return Err(fail(format!(
                    "block {block} of stream {:?} has {len} encoded bytes for {decoded} decoded ones",
                    stream.name
                )));
            }
            index.lens.push(len);
            index.hashes.push(rest.u64()?);
        }
        index.first.push(index.lens.len());
    }
    Ok(Manifest {
        plan,
        digests,
        stream_hashes,
        index,
    })
}

/// Effort of deflating the plan: higher levels take several times as long for a few hundredths of its size.
const PLAN_LEVEL: u8 = 4;
/// The same where the plan is next to nothing of what is compressed.
const NEGLIGIBLE_PLAN_LEVEL: u8 = 1;

/// Deflates a plan; gives its inflated length too.
pub fn deflate_plan(planned: &Planned) -> Result<(Vec<u8>, u32), EngineError> {
    let text = tensorpress_json::to_text(&planned.plan);
    if text.len() as u64 > MAX_PLAN {
        return Err(limit("MAX_PLAN", MAX_PLAN, text.len() as u64));
    }
    let level = if planned.is_negligible(text.len() as u64) {
        NEGLIGIBLE_PLAN_LEVEL
    } else {
        PLAN_LEVEL
    };
    Ok((
        miniz_oxide::deflate::compress_to_vec(text.as_bytes(), level),
        text.len() as u32,
    ))
}

fn read_plan(deflated: &[u8], len: u64) -> Result<Plan, EngineError> {
    let bytes = inflate_declared(deflated, len)?;
    // As a whole, for serde_json passes over members that it does not know without looking.
    let text = std::str::from_utf8(&bytes).map_err(|e| corrupt("plan", e.to_string()))?;
    serde_json::from_str(text).map_err(|e| corrupt("plan", e.to_string()))
}

/// Checks a declared length of the entry before it is read.
pub fn check_len(len: u64) -> Result<(), EngineError> {
    if len > MAX_MANIFEST {
        return Err(limit("MAX_MANIFEST", MAX_MANIFEST, len));
    }
    Ok(())
}

/// Reads little-endian fields from the front.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], EngineError> {
        let Some((head, rest)) = self.0.split_at_checked(len) else {
            return Err(truncated("manifest", len as u64, self.0.len() as u64));
        };
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], EngineError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u32(&mut self) -> Result<u32, EngineError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, EngineError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn u128(&mut self) -> Result<u128, EngineError> {
        Ok(u128::from_le_bytes(self.array()?))
    }
}
