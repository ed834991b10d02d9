//! Reading an archive: opening it checks all that it says, then any stream can be decoded by itself.

mod open;

pub use open::Opener;

use crate::assemble::stream_hash;
use crate::fault::{corrupt, invalid};
use crate::header::Entry;
use crate::job::{DecodeParams, records};
use crate::limits::MAX_TARGETS;
use crate::manifest::Manifest;
use crate::schema::{Plan, PlanStream};
use crate::targets::{Target, Targets};
use crate::view::{ArchiveFile, ArchivePlan, ArchiveStream};
use crate::{EngineError, digest, validate};
use serde::Serialize;

/// An archive that was opened and whose statements agree with each other.
pub struct Archive {
    manifest: Manifest,
    head_len: u64,
    /// Where each stream's entry begins in the archive.
    offsets: Vec<u64>,
    targets: Targets,
    jobs: Vec<JobPlace>,
    /// The first job of each stream, and the number of all jobs.
    first_job: Vec<usize>,
}

/// Where one job's encoded bytes are.
#[derive(Debug, Clone, Copy)]
struct JobPlace {
    stream: usize,
    /// Within the stream.
    first_block: u64,
    blocks: u64,
    offset: u64,
    len: u64,
}

/// One decoding job: a run of whole blocks of one stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DecodeJob {
    /// Number of the job within the archive.
    pub id: usize,
    /// Its stream.
    pub stream: usize,
    /// Where its encoded bytes begin in the archive.
    pub offset: u64,
    /// How many there are.
    pub len: u64,
    /// Where its decoded bytes begin in the stream.
    pub start: u64,
    /// How many there are.
    pub raw_len: u64,
    /// Where the decoded bytes go: `(file, offset in the file, offset in the job, length)`.
    pub targets: Vec<Target>,
}

/// Which jobs are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Select {
    /// Those of all streams.
    pub all: bool,
    /// Those of these streams.
    pub streams: Vec<usize>,
}

impl Select {
    /// Everything.
    pub fn all() -> Self {
        Select {
            all: true,
            streams: Vec::new(),
        }
    }
}

impl Archive {
    fn new(manifest: Manifest, data: u64, entries: &[Entry]) -> Self {
        let offsets: Vec<u64> = entries[1..].iter().map(|entry| data + entry.start).collect();
        let mut jobs = Vec::new();
        let mut first_job = vec![0];
        for (index, stream) in manifest.plan.streams.iter().enumerate() {
            let lens = &manifest.index.lens[manifest.index.first[index]..manifest.index.first[index + 1]];
            let mut offset = offsets[index];
            let mut first_block = 0;
            for blocks in lens.chunks(stream.blocks_per_job() as usize) {
                let len = blocks.iter().map(|len| u64::from(*len)).sum();
                jobs.push(JobPlace {
                    stream: index,
                    first_block,
                    blocks: blocks.len() as u64,
                    offset,
                    len,
                });
                offset += len;
                first_block += blocks.len() as u64;
            }
            first_job.push(jobs.len());
        }
        Archive {
            head_len: data + entries[0].len,
            targets: Targets::new(&manifest.plan),
            manifest,
            offsets,
            jobs,
            first_job,
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.manifest.plan
    }

    /// XXH3-128 of each original file.
    pub fn digests(&self) -> &[u128] {
        &self.manifest.digests
    }

    /// Where the first stream begins.
    pub fn head_len(&self) -> u64 {
        self.head_len
    }

    /// Decoded bytes of all files.
    pub fn total_len(&self) -> u64 {
        validate::total_len(&self.manifest.plan)
    }

    /// The jobs of the selected streams, in the order of the archive.
    pub fn jobs(&self, select: &Select) -> Result<Vec<DecodeJob>, EngineError> {
        let streams = &self.manifest.plan.streams;
        let wanted: Vec<usize> = if select.all {
            (0..streams.len()).collect()
        } else {
            let mut wanted = select.streams.clone();
            wanted.sort_unstable();
            wanted.dedup();
            wanted
        };
        if let Some(stream) = wanted.iter().find(|s| **s >= streams.len()) {
            return Err(invalid("streams", format!("stream {stream} of {}", streams.len())));
        }
        let mut budget = MAX_TARGETS;
        let mut jobs = Vec::new();
        for stream in wanted {
            let mut walk = self.targets.walk(stream);
            for id in self.first_job[stream]..self.first_job[stream + 1] {
                let place = self.jobs[id];
                let (start, raw_len) = decoded_range(&streams[stream], &place);
                jobs.push(DecodeJob {
                    id,
                    stream,
                    offset: place.offset,
                    len: place.len,
                    start,
                    raw_len,
                    targets: walk.next(start, raw_len, &mut budget)?,
                });
            }
        }
        Ok(jobs)
    }

    /// Where the encoded bytes of job `id` begin.
    pub fn job_offset(&self, id: usize) -> Result<u64, EngineError> {
        let job = self.jobs.get(id);
        Ok(job
            .ok_or_else(|| invalid("id", format!("job {id} of {}", self.jobs.len())))?
            .offset)
    }

    /// What the decoder of job `id` needs to know.
    pub fn job_params(&self, id: usize) -> Result<DecodeParams, EngineError> {
        let place = self
            .jobs
            .get(id)
            .ok_or_else(|| invalid("id", format!("job {id} of {}", self.jobs.len())))?;
        let stream = &self.manifest.plan.streams[place.stream];
        let first = self.manifest.index.first[place.stream] + place.first_block as usize;
        let blocks = first..first + place.blocks as usize;
        let (_, raw_len) = decoded_range(stream, place);
        Ok(DecodeParams {
            layout: stream.layout,
            block: stream.block,
            // At most `JOB_BYTES` or one block.
            raw_len: raw_len as u32,
            blocks: blocks
                .map(|b| (self.manifest.index.lens[b], self.manifest.index.hashes[b]))
                .collect(),
        })
    }

    /// Compares the leaf hashes of all of a stream's decoded blocks, 8 bytes each, with the stream's hash.
    pub fn verify_stream(&self, stream: usize, leaf_hashes: &[u8]) -> Result<(), EngineError> {
        let streams = &self.manifest.plan.streams;
        let of = streams
            .get(stream)
            .ok_or_else(|| invalid("stream", format!("stream {stream} of {}", streams.len())))?;
        let leaves = records::<8>(leaf_hashes).unwrap_or_default();
        if leaf_hashes.len() != 8 * leaves.len() || leaves.len() as u64 != of.blocks() {
            return Err(invalid(
                "leaf_hashes",
                format!("{} bytes for {} blocks", leaf_hashes.len(), of.blocks()),
            ));
        }
        let leaves: Vec<u64> = leaves.iter().map(|leaf| u64::from_le_bytes(*leaf)).collect();
        let (expected, found) = (self.manifest.stream_hashes[stream], stream_hash(&leaves));
        if expected != found {
            return Err(corrupt(
                "stream",
                format!(
                    "{:?} decodes to bytes with hash {found:016x}, expected {expected:016x}",
                    of.name
                ),
            ));
        }
        Ok(())
    }

    /// Compares the XXH3-128 of a rebuilt file with that of the original. An approximate file has another, so that there
    /// is nothing to compare: `verify_stream` of its streams says whether it is what the encoder meant it to be.
    pub fn verify_file(&self, file: usize, found: u128) -> Result<(), EngineError> {
        let (Some(of), Some(expected)) = (self.manifest.plan.files.get(file), self.manifest.digests.get(file)) else {
            return Err(invalid(
                "file",
                format!("file {file} of {}", self.manifest.plan.files.len()),
            ));
        };
        if *expected != found && !of.approximate {
            return Err(corrupt(
                "file",
                format!(
                    "{:?} decodes to bytes with digest {}, expected {}",
                    of.path,
                    digest::to_hex(found),
                    digest::to_hex(*expected)
                ),
            ));
        }
        Ok(())
    }

    /// The plan with digests, offsets and encoded lengths, as JSON.
    pub fn plan_json(&self) -> serde_json::Result<String> {
        let plan = &self.manifest.plan;
        let files = plan.files.iter().zip(&self.manifest.digests);
        let view = ArchivePlan {
            files: files
                .map(|(file, sum)| ArchiveFile {
                    file,
                    digest: digest::to_hex(*sum),
                })
                .collect(),
            streams: plan
                .streams
                .iter()
                .enumerate()
                .map(|(index, stream)| self.stream_view(index, stream))
                .collect(),
            tensors: &plan.tensors,
        };
        serde_json::to_string(&view)
    }

    fn stream_view<'a>(&self, index: usize, stream: &'a PlanStream) -> ArchiveStream<'a> {
        let jobs = &self.jobs[self.first_job[index]..self.first_job[index + 1]];
        ArchiveStream {
            stream,
            offset: self.offsets[index],
            encoded: jobs.iter().map(|job| job.len).sum(),
        }
    }
}

/// Start and length of a job's decoded bytes within its stream.
fn decoded_range(stream: &PlanStream, place: &JobPlace) -> (u64, u64) {
    let block = u64::from(stream.block);
    let start = place.first_block * block;
    (start, (place.blocks * block).min(stream.len - start))
}
