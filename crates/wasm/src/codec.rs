//! Runs jobs. One a thread: it keeps its buffers, so that a job costs no allocation once they have grown.

#[cfg(feature = "encode")]
use crate::digest::Digest;
#[cfg(feature = "encode")]
use crate::error::read_json;
#[cfg(feature = "encode")]
use crate::error::thrown;
use crate::error::{Done, Made, done, made};
use alloc::vec::Vec;
use tensorpress_codec::EngineError;
use tensorpress_codec::block::Scratch;
#[cfg(not(feature = "encode"))]
use tensorpress_codec::group;
#[cfg(feature = "encode")]
use tensorpress_engine::group;
#[cfg(feature = "encode")]
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
    #[cfg(feature = "encode")]
    meta: Vec<u8>,
    scratch: Scratch,
}

/// Makes `buffer` at least `len` long. What it held is lost: it is overwritten anyway.
pub(crate) fn grow(buffer: &mut Vec<u8>, len: usize) {
    if buffer.len() < len {
        // Not `resize`, which would copy what is there.
        *buffer = Vec::new();
        *buffer = vec![0; len];
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

    /// Encodes the input as the `parts` of a group (JSON: `[{"raw_len","params"}]`) say, each one's output at a multiple
    /// of 64; then `output` and `meta` hold the results.
    #[cfg(feature = "encode")]
    pub fn encode_group(&mut self, parts: &[u8]) -> Result<(), JsError> {
        let parts: Vec<group::EncodePart> = read_json("parts", parts)?;
        self.output_len = 0;
        let raw = &self.input[..self.input_len];
        group::encode_group(&parts, raw, &mut self.output, &mut self.meta, &mut self.scratch).map_err(thrown)?;
        self.output_len = self.output.len();
        Ok(())
    }

    /// Decodes the input as a group's `params` (as `DecodeGroup::from_bytes` reads them) say.
    pub fn decode_group(&mut self, params: &[u8]) -> Done {
        done(self.try_decode_group(params))
    }

    /// Appends bytes of the input to the digest of a file, which saves bringing them here once more.
    #[cfg(feature = "encode")]
    pub fn digest_input(&self, digest: &mut Digest, start: usize, len: usize) {
        let input = &self.input[..self.input_len];
        digest.append(&input[start.min(input.len())..start.saturating_add(len).min(input.len())]);
    }

    /// Where the result is. Valid until the next call that may grow WebAssembly memory.
    pub fn output_ptr(&self) -> usize {
        self.output.as_ptr() as usize
    }

    /// How long the result is.
    pub fn output_len(&self) -> usize {
        self.output_len
    }

    /// After `encode_group`: what is known of each block, for `Compressor.place`.
    #[cfg(feature = "encode")]
    pub fn meta(&self) -> Vec<u8> {
        self.meta.clone()
    }

    /// After `decode_group` with the same `params`: the leaf hashes of all blocks, job after job, 8 bytes each.
    pub fn group_leaf_hashes(&self, params: &[u8]) -> Made {
        let group = group::DecodeGroup::from_bytes(params);
        made(group.map(|group| group.leaf_hashes(&self.output[..self.output_len])))
    }
}

impl Codec {
    fn try_decode_group(&mut self, params: &[u8]) -> Result<(), EngineError> {
        let group = group::DecodeGroup::from_bytes(params)?;
        let len = group.raw_len();
        self.output_len = 0;
        grow(&mut self.output, len);
        let encoded = &self.input[..self.input_len];
        group.decode(encoded, &mut self.output[..len], &mut self.scratch)?;
        self.output_len = len;
        Ok(())
    }
}
