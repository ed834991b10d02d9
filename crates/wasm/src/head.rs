//! What reading the head of an archive takes beyond JSON.

use crate::error::{Made, made};
use tensorpress_codec::digest::xxh3_64;
use tensorpress_codec::inflate::inflate_declared;
use wasm_bindgen::prelude::wasm_bindgen;

/// Inflates the plan of an archive: a raw DEFLATE stream that must fill all of `deflated` and give exactly `len` bytes.
/// A `len` beyond 128 MiB is refused before anything is allocated (`limit`), as is one that so few bytes cannot stand for
/// (`corrupt`).
#[wasm_bindgen]
pub fn inflate(deflated: &[u8], len: u32) -> Made {
    made(inflate_declared(deflated, u64::from(len)))
}

/// XXH3-64 of `bytes`, as a `bigint`.
#[wasm_bindgen]
pub fn hash64(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}
