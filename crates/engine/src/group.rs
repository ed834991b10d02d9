//! Groups of jobs: what a worker does in one call where tensors are small. A job of a group must be a whole stream.

use crate::EngineError;
use crate::archive::Archive;
use crate::assemble::EncodeJob;
use crate::codec::Scratch;
use crate::fault::{invalid, truncated};
use crate::header::ALIGN;
use crate::job::{EncodeParams, append_job};
pub use tensorpress_codec::group::DecodeGroup;
use tensorpress_json::{ToJson, write_members};

/// Raw bytes that one call handles: enough to make the call cheap, little enough to stay in a core's cache.
const GROUP_BYTES: u64 = 1 << 20;

/// Encoding jobs that are done in one call: one of any kind, or several that are whole streams.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EncodeGroup {
    /// Number of its first job.
    pub first: usize,
    /// How many jobs it has; their numbers follow each other.
    pub jobs: usize,
    /// Decoded bytes.
    pub raw_len: u64,
    /// The input bytes of all jobs, one behind the other, as `(file, offset, length)`.
    pub spans: Vec<(usize, u64, u64)>,
}

impl ToJson for EncodeGroup {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[
            ("first", &self.first),
            ("jobs", &self.jobs),
            ("raw_len", &self.raw_len),
            ("spans", &self.spans),
        ];
        write_members(members, out);
    }
}

/// Joins jobs of small tensors, so that a model with thousands of them does not cost as many calls.
pub fn encode_groups(jobs: &[EncodeJob]) -> Vec<EncodeGroup> {
    let mut groups: Vec<EncodeGroup> = Vec::new();
    let mut open = false;
    for (index, job) in jobs.iter().enumerate() {
        // Where a job begins within the group's output is known for whole streams only.
        let whole = job.first_block == 0 && jobs.get(index + 1).is_none_or(|next| next.stream != job.stream);
        let last = groups
            .last_mut()
            .filter(|last| open && whole && last.raw_len + job.raw_len <= GROUP_BYTES);
        match last {
            Some(last) => {
                last.jobs += 1;
                last.raw_len += job.raw_len;
                job.spans.iter().for_each(|span| append(&mut last.spans, *span));
            }
            None => groups.push(EncodeGroup {
                first: index,
                jobs: 1,
                raw_len: job.raw_len,
                spans: job.spans.clone(),
            }),
        }
        open = whole;
    }
    groups
}

/// Adds a range, or lengthens the last one where it goes on.
fn append(spans: &mut Vec<(usize, u64, u64)>, (file, offset, len): (usize, u64, u64)) {
    match spans.last_mut() {
        Some(last) if last.0 == file && last.1 + last.2 == offset => last.2 += len,
        _ => spans.push((file, offset, len)),
    }
}

tensorpress_json::fields! {
    /// One encoding job of a group.
    #[derive(Debug, Clone, PartialEq)]
    pub struct EncodePart {
        /// Decoded bytes; those of the parts follow each other in the group's input.
        pub raw_len: u64 => required,
        /// What to do with them.
        pub params: EncodeParams => required,
    }
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

/// The jobs `ids` of an archive; the group's input is what lies there from the first one's start to the last one's end.
pub fn decode_group_of(archive: &Archive, ids: &[usize]) -> Result<DecodeGroup, EngineError> {
    let mut jobs = Vec::with_capacity(ids.len());
    let mut first = None;
    for &id in ids {
        let params = archive.job_params(id)?;
        let at = archive.job_offset(id)?;
        let offset = at
            .checked_sub(*first.get_or_insert(at))
            .and_then(|offset| u32::try_from(offset).ok());
        let offset = offset.ok_or_else(|| invalid("ids", "not in the order of the archive, or too far apart"))?;
        jobs.push((offset, params));
    }
    Ok(DecodeGroup::new(jobs.into_iter()))
}
