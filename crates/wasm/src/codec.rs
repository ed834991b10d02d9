//! Runs jobs. One a thread: it keeps its buffers, so that a job costs no allocation once they have grown.

use crate::error::{bad_json, thrown};
use tensorpress_engine::codec::Scratch;
use tensorpress_engine::digest::xxh3_64;
use tensorpress_engine::job;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Encodes and decodes jobs.
#[wasm_bindgen]
#[derive(Default)]
pub struct Codec {
    input: Vec<u8>,
    input_len: usize,
    output: Vec<u8>,
    output_len: usize,
    meta: Vec<u8>,
    scratch: Scratch,
}

/// Makes `buffer` at least `len` long. Only the new part is filled: what is there is overwritten anyway.
pub(crate) fn grow(buffer: &mut Vec<u8>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, 0);
    }
}

#[wasm_bindgen]
impl Codec {
    /// A codec with empty buffers.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Codec {
        Codec::default()
    }

    /// Where to write the `len` bytes of the next job. Valid until the next call that may grow WebAssembly memory.
    pub fn input(&mut self, len: usize) -> usize {
        grow(&mut self.input, len);
        self.input_len = len;
        self.input.as_ptr() as usize
    }

    /// Encodes the input as the job's `params` (JSON) say; then `output` and `meta` hold the result.
    #[cfg(feature = "encode")]
    pub fn encode(&mut self, params: &str) -> Result<(), JsError> {
        let params: job::EncodeParams = serde_json::from_str(params).map_err(|e| bad_json("params", e))?;
        self.output_len = 0;
        let raw = &self.input[..self.input_len];
        job::encode_job(&params, raw, &mut self.output, &mut self.meta, &mut self.scratch).map_err(thrown)?;
        self.output_len = self.output.len();
        Ok(())
    }

    /// Decodes the input as the job's `params` (from `Archive.job_params`) say.
    #[cfg(feature = "decode")]
    pub fn decode(&mut self, params: &[u8]) -> Result<(), JsError> {
        let params = job::DecodeParams::from_bytes(params).map_err(thrown)?;
        let len = params.raw_len as usize;
        self.output_len = 0;
        grow(&mut self.output, len);
        let encoded = &self.input[..self.input_len];
        job::decode_job(&params, encoded, &mut self.output[..len], &mut self.scratch).map_err(thrown)?;
        self.output_len = len;
        self.meta.clear();
        Ok(())
    }

    /// Where the result is. Valid until the next call that may grow WebAssembly memory.
    pub fn output_ptr(&self) -> usize {
        self.output.as_ptr() as usize
    }

    /// How long the result is.
    pub fn output_len(&self) -> usize {
        self.output_len
    }

    /// After `encode`: 21 bytes a block, for `Compressor.place`.
    pub fn meta(&self) -> Vec<u8> {
        self.meta.clone()
    }

    /// After `decode`: the leaf hashes of the output in blocks of `block` bytes, for `Archive.verify_stream`.
    #[cfg(feature = "decode")]
    pub fn leaf_hashes(&self, block: u32) -> Vec<u8> {
        job::leaf_hashes(block, &self.output[..self.output_len])
    }

    /// XXH3-64 of the output.
    pub fn hash(&self) -> u64 {
        xxh3_64(&self.output[..self.output_len])
    }
}
