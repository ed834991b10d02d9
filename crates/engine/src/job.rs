//! The pure jobs: a run of whole blocks of one stream, encoded or decoded. No state survives a job, so any worker
//! may run any of them in any order. Here is what encodes; what decodes is in `tensorpress-codec`.

use crate::EngineError;
use crate::codec::outcome::Encoder;
use crate::codec::{self, Effort, Layout, Scratch};
use crate::digest::xxh3_64;
use crate::fault::invalid;
use crate::limits::MAX_BLOCK;
use crate::lossy::{Loss, LossyParams, MEASURE_BYTES, Measure};
pub(crate) use tensorpress_codec::job::records;
pub use tensorpress_codec::job::{DecodeParams, decode_job, leaf_hashes};

/// Bytes of a block's meta: length u32, checksum u64, leaf hash u64, kind u8, whether a loss follows u8.
const META_BYTES: usize = 22;
/// Bytes of a loss before the reason and the counts that end it: the measure, length of the reason u16, counts u32.
const LOSS_BYTES: usize = MEASURE_BYTES + 6;
/// Bytes of a count: what was counted u32, how often u32.
const COUNT_BYTES: usize = 8;

tensorpress_json::fields! {
    /// What an encoding job needs besides its bytes.
    #[derive(Debug, Clone, PartialEq)]
    pub struct EncodeParams {
        /// How the elements lie.
        pub layout: Layout => required,
        /// Decoded length of each block but the last.
        pub block: u32 => required,
        /// How hard to try.
        pub effort: Effort => required,
        /// How the weights are to be changed, if they are; the job is one block then.
        pub lossy: Option<Box<LossyParams>>,
        /// Whether only the metas are wanted: what blocks would cost, but not their bytes.
        pub dry: bool,
    }
}

/// What is known about one encoded block.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockMeta {
    /// Encoded length.
    pub len: u32,
    /// XXH3-64 of the encoded bytes.
    pub checksum: u64,
    /// XXH3-64 of the decoded bytes.
    pub leaf: u64,
    /// The block's kind, its first byte.
    pub kind: u8,
    /// What became of the weights, where they were to be changed.
    pub loss: Option<Loss>,
}

impl BlockMeta {
    fn new(encoded: &[u8], leaf: u64, loss: Option<Loss>) -> Self {
        BlockMeta {
            len: encoded.len() as u32,
            checksum: xxh3_64(encoded),
            leaf,
            kind: encoded.first().copied().unwrap_or(0),
            loss,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.len.to_le_bytes());
        out.extend_from_slice(&self.checksum.to_le_bytes());
        out.extend_from_slice(&self.leaf.to_le_bytes());
        out.push(self.kind);
        out.push(u8::from(self.loss.is_some()));
        if let Some(Loss { measure, exact, counts }) = &self.loss {
            let most = exact.len().min(usize::from(u16::MAX));
            let len = (0..=most).rev().find(|&end| exact.is_char_boundary(end)).unwrap_or(0);
            measure.write(out);
            out.extend_from_slice(&(len as u16).to_le_bytes());
            out.extend_from_slice(&(counts.len() as u32).to_le_bytes());
            out.extend_from_slice(&exact.as_bytes()[..len]);
            for (index, count) in counts {
                out.extend_from_slice(&index.to_le_bytes());
                out.extend_from_slice(&count.to_le_bytes());
            }
        }
    }

    /// Reads the meta at the start of `bytes` and gives what is behind it.
    fn split_from(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, mut rest) = bytes.split_first_chunk::<META_BYTES>()?;
        let [a, b, c, d, behind @ ..] = *head;
        let [
            s0,
            s1,
            s2,
            s3,
            s4,
            s5,
            s6,
            s7,
            l0,
            l1,
            l2,
            l3,
            l4,
            l5,
            l6,
            l7,
            kind,
            lossy,
        ] = behind;
        let mut loss = None;
        if lossy != 0 {
            let (fixed, behind) = rest.split_first_chunk::<LOSS_BYTES>()?;
            let (measure, lens) = fixed.split_first_chunk::<MEASURE_BYTES>()?;
            let &[low, high, c0, c1, c2, c3] = lens else {
                return None;
            };
            let (exact, behind) = behind.split_at_checked(usize::from(u16::from_le_bytes([low, high])))?;
            let counts = (u32::from_le_bytes([c0, c1, c2, c3]) as usize).checked_mul(COUNT_BYTES)?;
            let (counts, behind) = behind.split_at_checked(counts)?;
            let counts = records::<COUNT_BYTES>(counts)?
                .into_iter()
                .map(|[i0, i1, i2, i3, n @ ..]| (u32::from_le_bytes([i0, i1, i2, i3]), u32::from_le_bytes(n)));
            loss = Some(Loss {
                measure: Measure::read(measure),
                exact: String::from_utf8(exact.to_vec()).ok()?,
                counts: counts.collect(),
            });
            rest = behind;
        }
        let meta = BlockMeta {
            len: u32::from_le_bytes([a, b, c, d]),
            checksum: u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]),
            leaf: u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]),
            kind,
            loss,
        };
        Some((meta, rest))
    }
}

/// Reads the metas of jobs.
pub fn read_meta(meta: &[u8]) -> Result<Vec<BlockMeta>, EngineError> {
    let mut rest = meta;
    let mut metas = Vec::with_capacity(meta.len() / META_BYTES);
    while !rest.is_empty() {
        let Some((meta, behind)) = BlockMeta::split_from(rest) else {
            return Err(invalid("meta", format!("{} bytes that are no whole meta", rest.len())));
        };
        metas.push(meta);
        rest = behind;
    }
    Ok(metas)
}

/// Encodes `raw`, block after block. `out` and `meta` are emptied first.
pub fn encode_job(
    params: &EncodeParams,
    raw: &[u8],
    out: &mut Vec<u8>,
    meta: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<(), EngineError> {
    out.clear();
    meta.clear();
    append_job(params, raw, out, meta, scratch)
}

/// As [`encode_job`], behind what `out` and `meta` hold.
pub(crate) fn append_job(
    params: &EncodeParams,
    raw: &[u8],
    out: &mut Vec<u8>,
    meta: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<(), EngineError> {
    if params.block == 0 || params.block > MAX_BLOCK {
        return Err(invalid("block", format!("{}, expected 1 to {MAX_BLOCK}", params.block)));
    }
    let (before, blocks) = (out.len(), raw.len().div_ceil(params.block as usize));
    out.reserve(raw.len() + blocks);
    meta.reserve(blocks * META_BYTES);
    if let Some(lossy) = &params.lossy {
        if blocks != 1 {
            return Err(invalid("params.block", format!("{blocks} blocks, expected one")));
        }
        let mut encoder = Encoder::new(params.effort, scratch);
        let loss = crate::lossy::encode(lossy, params.layout, raw, out, &mut encoder)?;
        BlockMeta::new(&out[before..], xxh3_64(encoder.decoded()), Some(loss)).write(meta);
        if params.dry {
            out.truncate(before);
        }
        return Ok(());
    }
    for block in raw.chunks(params.block as usize) {
        let start = out.len();
        // First, for it takes the block from front to back into the cache, whereas the encoder begins with samples: each
        // of their runs would wait for memory.
        let leaf = xxh3_64(block);
        codec::encode_block(params.layout, params.effort, block, out, scratch);
        BlockMeta::new(&out[start..], leaf, None).write(meta);
    }
    if params.dry {
        out.truncate(before);
    }
    Ok(())
}
