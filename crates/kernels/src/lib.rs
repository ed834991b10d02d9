//! The hot loops of tensorpress: everything that touches every weight.
//!
//! Each folder holds one kernel: `mod.rs` is its public face and the only place that chooses between the portable
//! `scalar.rs` and, where one exists, `simd128.rs`. The two give identical bytes. This is the only crate of the
//! workspace that may use `unsafe`; every such block states the proof beside it.

pub mod assign;
pub mod bytes;
pub mod compute;
pub mod error_measures;
pub mod fields;
pub mod floats;
pub mod group;
pub mod group_ranges;
pub mod histogram;
pub mod hqq;
pub mod huffman;
pub mod lanes;
pub mod magnitudes;
pub mod pack;
pub mod planes;
mod quads;
pub mod quantize;
pub mod rans;
#[cfg(any(test, feature = "self-test"))]
pub mod self_test;
pub mod statistics;
pub mod threshold;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vector;
pub mod words;
pub mod xxh3;
