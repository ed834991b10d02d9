//! Whole archives in memory, on one thread: for native callers, tests and benches. They drive the same jobs as
//! the worker pool does.

use crate::EngineError;
use crate::archive::{Archive, Opener, Select};
use crate::assemble::Assembler;
use crate::codec::Scratch;
use crate::digest::xxh3_128;
use crate::fault::{limit, truncated};
use crate::job::{decode_job, encode_job, leaf_hashes};
use crate::limits::MAX_OUTPUT;
use crate::options::Options;
use crate::plan::{Planner, Step};
use crate::report::Report;
use crate::tune::Tuner;
use tensorpress_formats::{InputFile, Need};

/// Named files in memory.
pub type Files = Vec<(String, Vec<u8>)>;

/// Compresses files into one archive.
pub fn compress(files: &[(String, Vec<u8>)], options: &Options) -> Result<(Vec<u8>, Report), EngineError> {
    let mut assembler = Assembler::new(plan(files, options)?.finish()?)?;
    let mut scratch = Scratch::default();
    let (mut raw, mut encoded, mut meta) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(mut tuner) = Tuner::new(&assembler) {
        while !tuner.jobs().is_empty() {
            let mut metas = Vec::new();
            let jobs = tuner.jobs();
            let count = jobs.len();
            for job in jobs {
                gather(files, &job.spans, &mut raw)?;
                encode_job(&job.params, &raw, &mut encoded, &mut meta, &mut scratch)?;
                metas.extend_from_slice(&meta);
            }
            tuner.take(&assembler, count, &metas)?;
        }
        assembler.set_knobs(tuner.knobs());
    }
    let mut archive = vec![0; assembler.head_len() as usize];
    for job in assembler.jobs() {
        gather(files, &job.spans, &mut raw)?;
        encode_job(&job.params, &raw, &mut encoded, &mut meta, &mut scratch)?;
        let offset = assembler.place(job.id, 1, &meta)?;
        archive.resize(offset as usize, 0);
        archive.extend_from_slice(&encoded);
    }
    archive.resize(assembler.total_len() as usize, 0);
    for (index, (_, bytes)) in files.iter().enumerate() {
        assembler.set_digest(index, xxh3_128(bytes))?;
    }
    let head = assembler.finish()?;
    archive[..head.len()].copy_from_slice(&head);
    Ok((archive, assembler.report()))
}

/// The input of a job.
fn gather(files: &[(String, Vec<u8>)], spans: &[(usize, u64, u64)], raw: &mut Vec<u8>) -> Result<(), EngineError> {
    raw.clear();
    for &(file, offset, len) in spans {
        raw.extend_from_slice(range(&files[file].1, offset, len)?);
    }
    Ok(())
}

/// Runs the planner over files in memory.
pub fn plan(files: &[(String, Vec<u8>)], options: &Options) -> Result<Planner, EngineError> {
    let list = files.iter().map(|(path, bytes)| InputFile {
        path: path.clone(),
        len: bytes.len() as u64,
    });
    let mut planner = Planner::new(list.collect(), options.clone())?;
    while let Step::Need(needs) = planner.poll() {
        planner.supply(supplied(needs, |file| &files[file].1)?)?;
    }
    Ok(planner)
}

/// Decompresses an archive of at most [`MAX_OUTPUT`] decoded bytes.
pub fn decompress(archive: &[u8]) -> Result<Files, EngineError> {
    decompress_limited(archive, MAX_OUTPUT)
}

/// Decompresses an archive, refusing one that declares more than `max_output` decoded bytes.
pub fn decompress_limited(archive: &[u8], max_output: u64) -> Result<Files, EngineError> {
    let opened = open(archive)?;
    if opened.total_len() > max_output {
        return Err(limit("max_output", max_output, opened.total_len()));
    }
    let mut files = Vec::new();
    for file in &opened.plan().files {
        let mut bytes = Vec::new();
        let refused = |_| limit("memory", max_output, file.len);
        let len = usize::try_from(file.len).map_err(|_| limit("memory", usize::MAX as u64, file.len))?;
        bytes.try_reserve_exact(len).map_err(refused)?;
        bytes.resize(len, 0);
        files.push((file.path.clone(), bytes));
    }
    let mut scratch = Scratch::default();
    let mut decoded = Vec::new();
    // An approximate file's digest says nothing about it; the hashes of its streams do.
    let approximate = opened.plan().files.iter().any(|file| file.approximate);
    let mut leaves = vec![Vec::new(); opened.plan().streams.len()];
    for job in opened.jobs(&Select::all())? {
        decoded.resize(job.raw_len as usize, 0);
        let encoded = range(archive, job.offset, job.len)?;
        decode_job(&opened.job_params(job.id)?, encoded, &mut decoded, &mut scratch)?;
        if approximate {
            let block = opened.plan().streams[job.stream].block;
            leaf_hashes(block, &decoded, &mut leaves[job.stream]);
        }
        for (file, offset, start, len) in job.targets {
            let (offset, start, len) = (offset as usize, start as usize, len as usize);
            files[file].1[offset..offset + len].copy_from_slice(&decoded[start..start + len]);
        }
    }
    for (index, (_, bytes)) in files.iter().enumerate() {
        opened.verify_file(index, xxh3_128(bytes))?;
    }
    if approximate {
        for (stream, leaves) in leaves.iter().enumerate() {
            opened.verify_stream(stream, leaves)?;
        }
    }
    Ok(files)
}

/// Opens an archive in memory.
pub fn open(archive: &[u8]) -> Result<Archive, EngineError> {
    let mut opener = Opener::new(Some(archive.len() as u64));
    while let Step::Need(needs) = opener.poll() {
        opener.supply(supplied(needs, |_| archive)?)?;
    }
    opener.finish()
}

/// What is asked for of files whose bytes `content` has.
fn supplied<'a>(needs: Vec<Need>, content: impl Fn(usize) -> &'a [u8]) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    for Need { file, offset, len } in needs {
        bytes.extend_from_slice(range(content(file), offset, len)?);
    }
    Ok(bytes)
}

fn range(bytes: &[u8], offset: u64, len: u64) -> Result<&[u8], EngineError> {
    let end = offset.saturating_add(len);
    let found = usize::try_from(offset)
        .ok()
        .zip(usize::try_from(end).ok())
        .and_then(|(a, b)| bytes.get(a..b));
    found.ok_or_else(|| truncated("input", end, bytes.len() as u64))
}
