//! Opening an archive and finding the bytes in it.

use crate::error::{bad_json, thrown};
use crate::step_json;
use tensorpress_engine::archive::{self, Select};
use tensorpress_engine::digest::from_hex;
use tensorpress_engine::group::decode_group_of;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Opens an archive; asks for the bytes that it needs, all of them at its start.
#[wasm_bindgen]
pub struct ArchiveOpener(archive::Opener);

#[wasm_bindgen]
impl ArchiveOpener {
    /// `total_len` is the archive's length, or −1 where it is not known.
    #[wasm_bindgen(constructor)]
    pub fn new(total_len: f64) -> ArchiveOpener {
        ArchiveOpener(archive::Opener::new((total_len >= 0.0).then_some(total_len as u64)))
    }

    /// `{"need":{"file","offset","len"}}` or `"done"`.
    pub fn poll(&mut self) -> Result<String, JsError> {
        step_json(self.0.poll())
    }

    /// Answers the need with exactly its bytes.
    pub fn supply(&mut self, bytes: Vec<u8>) -> Result<(), JsError> {
        self.0.supply(bytes).map_err(thrown)
    }

    /// After `"done"`. The opener is gone afterwards.
    pub fn finish(self) -> Result<Archive, JsError> {
        Ok(Archive(self.0.finish().map_err(thrown)?))
    }
}

/// An archive that was opened.
#[wasm_bindgen]
pub struct Archive(archive::Archive);

#[wasm_bindgen]
impl Archive {
    /// The plan as JSON, with digests, offsets and encoded lengths.
    pub fn plan(&self) -> Result<String, JsError> {
        self.0.plan_json().map_err(|e| bad_json("plan", e))
    }

    /// Where the first stream begins.
    pub fn head_len(&self) -> f64 {
        self.0.head_len() as f64
    }

    /// Decoded bytes of all files.
    pub fn total_len(&self) -> f64 {
        self.0.total_len() as f64
    }

    /// The jobs of `{"all":true}` or `{"streams":[1,2]}` as JSON.
    pub fn jobs(&self, select: &str) -> Result<String, JsError> {
        let select = Select::from_json(select).map_err(thrown)?;
        serde_json::to_string(&self.0.jobs(&select).map_err(thrown)?).map_err(|e| bad_json("jobs", e))
    }

    /// What `Codec.decode` needs to know of job `id`.
    pub fn job_params(&self, id: usize) -> Result<Vec<u8>, JsError> {
        Ok(self.0.job_params(id).map_err(thrown)?.to_bytes())
    }

    /// What `Codec.decode_group` needs to know of some jobs, in the order of the archive.
    pub fn group_params(&self, ids: Vec<u32>) -> Result<Vec<u8>, JsError> {
        let ids: Vec<usize> = ids.into_iter().map(|id| id as usize).collect();
        Ok(decode_group_of(&self.0, &ids).map_err(thrown)?.to_bytes())
    }

    /// Compares a stream's leaf hashes (`Codec.leaf_hashes` of all of its jobs, in order) with its hash.
    pub fn verify_stream(&self, stream: usize, leaf_hashes: &[u8]) -> Result<(), JsError> {
        self.0.verify_stream(stream, leaf_hashes).map_err(thrown)
    }

    /// Compares a rebuilt file's XXH3-128, in hexadecimal digits, with the original's.
    pub fn verify_file(&self, file: usize, hex: &str) -> Result<(), JsError> {
        let found = from_hex(hex).unwrap_or_default();
        self.0.verify_file(file, found).map_err(thrown)
    }
}
