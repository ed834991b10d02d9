//! Planning and assembling an archive.

use crate::error::{read_json, thrown};
use tensorpress_codec::error::invalid;
use tensorpress_engine::Options;
use tensorpress_engine::assemble::{Assembler, EncodeJob};
use tensorpress_engine::digest::from_hex;
use tensorpress_engine::group::encode_groups;
use tensorpress_engine::tune::Tuner;
use tensorpress_engine::{maps, plan};
use tensorpress_json::{Quoted, ToJson, to_text};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Finds the tensors of a set of files; asks for the bytes that it needs.
#[wasm_bindgen]
pub struct Planner(plan::Planner);

#[wasm_bindgen]
impl Planner {
    /// `files` is `[{"path","len"}]`, `options` is `{"effort","opaque":[{"file","reason"}],"recipe"}`.
    #[wasm_bindgen(constructor)]
    pub fn new(files: &str, options: &str) -> Result<Planner, JsError> {
        let files = read_json("files", files.as_bytes())?;
        let options = Options::from_json(options).map_err(thrown)?;
        Ok(Planner(plan::Planner::new(files, options).map_err(thrown)?))
    }

    /// `{"need":[{"file","offset","len"}]}` or `"done"`.
    pub fn poll(&mut self) -> String {
        to_text(&self.0.poll())
    }

    /// Answers the needs with exactly their bytes, one behind the other.
    pub fn supply(&mut self, bytes: Vec<u8>) -> Result<(), JsError> {
        self.0.supply(bytes).map_err(thrown)
    }

    /// After `"done"`. The planner is gone afterwards.
    pub fn finish(self) -> Result<Compressor, JsError> {
        let planned = self.0.finish().map_err(thrown)?;
        let assembler = Assembler::new(planned).map_err(thrown)?;
        Ok(Compressor {
            tuner: Tuner::new(&assembler),
            assembler,
            jobs: Vec::new(),
        })
    }
}

/// Hands out the jobs of an archive and puts their results together.
#[wasm_bindgen]
pub struct Compressor {
    assembler: Assembler,
    /// What is still to be found out before there are jobs.
    tuner: Option<Tuner>,
    /// The jobs of the archive, once they were asked for.
    jobs: Vec<EncodeJob>,
}

impl Compressor {
    /// The jobs at hand: of the round of tuning, or of the archive once all is known.
    fn jobs(&mut self) -> &[EncodeJob] {
        if self.is_tuning() {
            return self.tuner.as_ref().map_or(&[], Tuner::jobs);
        }
        if self.jobs.is_empty() {
            self.jobs = self.assembler.jobs();
        }
        &self.jobs
    }
}

#[wasm_bindgen]
impl Compressor {
    /// Whether something is still to be found out: the jobs are then those of a round of tuning, and `tune` takes their
    /// metas.
    pub fn is_tuning(&self) -> bool {
        self.tuner.as_ref().is_some_and(|tuner| !tuner.jobs().is_empty())
    }

    /// Takes the metas of the next `count` jobs of the round, in order.
    pub fn tune(&mut self, count: usize, meta: &[u8]) -> Result<(), JsError> {
        if let Some(tuner) = &mut self.tuner {
            tuner.take(&self.assembler, count, meta).map_err(thrown)?;
            self.assembler.set_knobs(tuner.knobs());
            self.jobs.clear();
        }
        Ok(())
    }

    /// The jobs in groups, as JSON; `place` takes the metas of the archive's in the same order.
    pub fn groups(&mut self) -> String {
        to_text(&encode_groups(self.jobs()))
    }

    /// What `Codec.encode_group` is told of the `count` jobs from `first` on.
    pub fn parts(&mut self, first: usize, count: usize) -> Vec<u8> {
        let jobs = self.jobs();
        let end = first.saturating_add(count).min(jobs.len());
        let mut parts = Vec::new();
        jobs[first.min(end)..end].write(&mut parts);
        parts
    }

    /// The plan as JSON, without what only an archive has: digests and encoded lengths.
    pub fn plan(&self) -> String {
        to_text(self.assembler.plan())
    }

    /// What must hold for the files to come back as they are, as JSON.
    pub fn claims(&mut self) -> Result<String, JsError> {
        self.jobs = self.assembler.jobs();
        let claims = maps::claims(self.assembler.plan(), &self.jobs).map_err(thrown)?;
        Ok(to_text(&claims))
    }

    /// The most bytes that the archive can become.
    pub fn max_len(&self) -> f64 {
        self.assembler.max_len() as f64
    }

    /// Bytes to keep free at the start of the output.
    pub fn head_len(&self) -> f64 {
        self.assembler.head_len() as f64
    }

    /// Takes the metas of `count` jobs from `id` on and gives the offset of the first one's bytes in the output.
    pub fn place(&mut self, id: usize, count: usize, meta: &[u8]) -> Result<f64, JsError> {
        Ok(self.assembler.place(id, count, meta).map_err(thrown)? as f64)
    }

    /// Sets the XXH3-128 of a file, 32 hexadecimal digits.
    pub fn set_digest(&mut self, file: usize, hex: &str) -> Result<(), JsError> {
        let digest = from_hex(hex).ok_or_else(|| {
            thrown(invalid(
                "digest",
                format!("{}, expected 32 hexadecimal digits", Quoted(hex)),
            ))
        })?;
        self.assembler.set_digest(file, digest).map_err(thrown)
    }

    /// Length of the archive, once all jobs are placed.
    pub fn total_len(&self) -> f64 {
        self.assembler.total_len() as f64
    }

    /// The head, exactly `head_len` bytes, once all jobs are placed and all digests set.
    pub fn finish(&self) -> Result<Vec<u8>, JsError> {
        self.assembler.finish().map_err(thrown)
    }

    /// The report as JSON.
    pub fn report(&self) -> String {
        to_text(&self.assembler.report())
    }
}
