//! Puts an archive together: hands out the encoding jobs, says where their bytes go, writes the head.
//!
//! The head's length is known before any job has run. Only the numbers in the header depend on the encoded
//! lengths, and their digits are bounded because no block grows by more than its kind byte.

mod jobs;
mod knobs;

pub use jobs::EncodeJob;
pub use knobs::Knobs;

use crate::fault::invalid;
use crate::header::{self, ALIGN};
use crate::job::{BlockMeta, read_meta};
use crate::lossy::StreamLoss;
use crate::manifest::{self, BlockIndex};
use crate::plan::Planned;
use crate::report::Report;
use crate::schema::{MANIFEST, Plan, PlanStream};
use crate::{EngineError, digest, validate};
use tensorpress_json::Quoted;

/// Collects the results of the jobs.
pub struct Assembler {
    planned: Planned,
    deflated: Vec<u8>,
    plan_len: u32,
    header_len: u64,
    manifest_len: u64,
    digests: Vec<Option<u128>>,
    index: BlockIndex,
    leaves: Vec<u64>,
    kinds: Vec<u8>,
    /// What became of the weights of each stream.
    losses: Vec<StreamLoss>,
    knobs: Knobs,
    /// Encoded bytes of each finished stream, padding not included.
    encoded: Vec<u64>,
    /// Where the next encoded byte goes.
    at: u64,
    /// The next job to place, and whether all are placed.
    next: usize,
    current: CurrentStream,
}

/// The stream that is being placed.
#[derive(Default)]
struct CurrentStream {
    blocks: u64,
    bytes: u64,
}

impl Assembler {
    /// Reserves the head.
    pub fn new(planned: Planned) -> Result<Self, EngineError> {
        let plan = &planned.plan;
        validate::check(plan)?;
        let blocks = validate::blocks(plan)?;
        let (deflated, plan_len) = manifest::deflate_plan(&planned)?;
        let (files, streams) = (plan.files.len() as u64, plan.streams.len() as u64);
        let manifest_len = manifest::entry_len(deflated.len() as u64, files, streams, blocks)
            .ok_or_else(|| invalid("files", "more blocks than an archive can index"))?;
        manifest::check_len(manifest_len)?;
        let largest: Vec<u64> = plan.streams.iter().map(|s| pad(s.len + s.blocks())).collect();
        let header_len = header::padded_len(write_header(plan, manifest_len, &largest).len() as u64)?;
        let mut assembler = Assembler {
            digests: vec![None; plan.files.len()],
            index: BlockIndex {
                first: vec![0],
                ..BlockIndex::default()
            },
            at: 8 + header_len + manifest_len,
            deflated,
            plan_len,
            header_len,
            manifest_len,
            leaves: Vec::new(),
            kinds: Vec::new(),
            losses: vec![StreamLoss::default(); streams as usize],
            knobs: Knobs::within(planned.options.recipe.as_ref()),
            encoded: Vec::new(),
            next: 0,
            current: CurrentStream::default(),
            planned,
        };
        assembler.close_streams();
        Ok(assembler)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.planned.plan
    }

    /// The plan and where its bytes come from.
    pub(crate) fn planned(&self) -> &Planned {
        &self.planned
    }

    /// What the steps of chains find in their units' contexts.
    pub(crate) fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// Sets what the steps of chains leave to the planner; before `jobs`.
    pub fn set_knobs(&mut self, knobs: Knobs) {
        self.knobs = knobs;
    }

    /// Bytes reserved at the start of the output; a multiple of 64.
    pub fn head_len(&self) -> u64 {
        8 + self.header_len + self.manifest_len
    }

    /// The most bytes that the archive can become: no block grows by more than its kind byte, no stream by more than padding.
    pub fn max_len(&self) -> u64 {
        let longest = |of: &PlanStream| of.len + of.blocks() + ALIGN;
        self.head_len() + self.plan().streams.iter().map(longest).sum::<u64>()
    }

    /// Takes the metas of `count` jobs from `id` on, one behind the other, and says at which byte of the output the
    /// first one's encoded bytes begin. Jobs are placed in the order of their ids. Bytes of the output that no job
    /// covers are zero.
    pub fn place(&mut self, id: usize, count: usize, meta: &[u8]) -> Result<u64, EngineError> {
        let mut metas = read_meta(meta)?;
        let mut first = None;
        for id in id..id.saturating_add(count) {
            let start = self.place_one(id, &mut metas)?;
            first.get_or_insert(start);
        }
        if !metas.is_empty() {
            return Err(invalid("meta", format!("{} blocks too many", metas.len())));
        }
        Ok(first.unwrap_or(self.at))
    }

    /// Takes the metas of one job off the front of `metas`.
    fn place_one(&mut self, id: usize, metas: &mut Vec<BlockMeta>) -> Result<u64, EngineError> {
        let stream = self.encoded.len();
        let Some(of) = self.planned.plan.streams.get(stream) else {
            return Err(invalid("id", format!("job {id}, but all jobs are placed")));
        };
        if id != self.next {
            return Err(invalid("id", format!("job {id}, expected {}", self.next)));
        }
        let expected = of.blocks_per_job().min(of.blocks() - self.current.blocks);
        let found = metas.len();
        if (found as u64) < expected {
            return Err(invalid("meta", format!("{found} blocks, expected {expected}")));
        }
        let metas: Vec<BlockMeta> = metas.drain(..expected as usize).collect();
        for (block, meta) in (self.current.blocks..).zip(&metas) {
            let decoded = (of.len - block * u64::from(of.block)).min(u64::from(of.block));
            if meta.len == 0 || u64::from(meta.len) > decoded + 1 {
                return Err(invalid("meta", format!("{} encoded bytes for {decoded}", meta.len)));
            }
        }
        let start = self.at;
        for BlockMeta {
            len,
            checksum,
            leaf,
            kind,
            loss,
        } in metas
        {
            self.index.lens.push(len);
            self.index.hashes.push(checksum);
            self.leaves.push(leaf);
            self.kinds.push(kind);
            if let Some(loss) = loss {
                self.losses[stream].add(&loss, len);
            }
            self.current.bytes += u64::from(len);
            self.at += u64::from(len);
        }
        self.current.blocks += expected;
        self.next += 1;
        self.close_streams();
        Ok(start)
    }

    /// Closes the current stream, and empty ones behind it, when all of its blocks are placed.
    fn close_streams(&mut self) {
        while let Some(stream) = self.planned.plan.streams.get(self.encoded.len())
            && stream.blocks() == self.current.blocks
        {
            self.encoded.push(self.current.bytes);
            self.index.first.push(self.index.lens.len());
            self.at = pad(self.at);
            self.current = CurrentStream::default();
        }
    }

    /// Sets the XXH3-128 of an original file.
    pub fn set_digest(&mut self, file: usize, digest: u128) -> Result<(), EngineError> {
        let count = self.digests.len();
        let slot = self
            .digests
            .get_mut(file)
            .ok_or_else(|| invalid("file", format!("{file} of {count}")))?;
        *slot = Some(digest);
        Ok(())
    }

    /// Length of the archive; final once all jobs are placed.
    pub fn total_len(&self) -> u64 {
        self.at
    }

    /// The head, exactly `head_len` bytes.
    pub fn finish(&self) -> Result<Vec<u8>, EngineError> {
        let plan = &self.planned.plan;
        if self.encoded.len() != plan.streams.len() {
            return Err(invalid("finish", format!("called before job {} was placed", self.next)));
        }
        let budget = self.planned.options.recipe.as_ref();
        let budget = budget.and_then(|recipe| recipe.target_bytes);
        if let Some(most) = budget.filter(|most| self.at > *most) {
            let detail = format!("found {most}, but the archive takes {} bytes", self.at);
            return Err(invalid("recipe.targetBytes", detail));
        }
        let digests = self.digests.iter().enumerate().map(|(file, digest)| {
            digest.ok_or_else(|| {
                invalid(
                    "finish",
                    format!("file {} has no digest yet", Quoted(&plan.files[file].path)),
                )
            })
        });
        let digests = digests.collect::<Result<Vec<_>, _>>()?;
        let lens: Vec<u64> = self.encoded.iter().map(|len| pad(*len)).collect();
        let mut text = write_header(plan, self.manifest_len, &lens);
        text.resize(self.header_len as usize, b' ');
        let hashes: Vec<u64> = self
            .index
            .first
            .windows(2)
            .map(|w| stream_hash(&self.leaves[w[0]..w[1]]))
            .collect();
        let entry = manifest::write(&text, &self.deflated, self.plan_len, &digests, &hashes, &self.index);
        let mut head = Vec::with_capacity(self.head_len() as usize);
        head.extend_from_slice(&self.header_len.to_le_bytes());
        head.extend_from_slice(&text);
        head.extend_from_slice(&entry);
        Ok(head)
    }

    /// What was done; complete once all jobs are placed.
    pub fn report(&self) -> Report {
        Report::new(
            &self.planned,
            &self.encoded,
            &self.index.first,
            &self.kinds,
            &self.losses,
            self.at,
        )
    }
}

/// The hash of a stream: that of its blocks' leaf hashes.
pub(crate) fn stream_hash(leaves: &[u64]) -> u64 {
    let bytes: Vec<u8> = leaves.iter().flat_map(|leaf| leaf.to_le_bytes()).collect();
    digest::xxh3_64(&bytes)
}

/// Lengths here are below 2^61, which the planner has checked.
fn pad(len: u64) -> u64 {
    len.next_multiple_of(ALIGN)
}

fn write_header(plan: &Plan, manifest_len: u64, lens: &[u64]) -> Vec<u8> {
    let streams = plan
        .streams
        .iter()
        .zip(lens)
        .map(|(stream, len)| (stream.name.as_str(), *len));
    let entries: Vec<(&str, u64)> = std::iter::once((MANIFEST, manifest_len)).chain(streams).collect();
    header::write(&entries)
}
