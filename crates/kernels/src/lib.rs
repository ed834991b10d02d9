//! The hot loops of tensorpress: everything that touches every weight.
//!
//! Each folder holds one kernel: `mod.rs` is its public face and the only place that chooses between the portable
//! `scalar.rs` and, where one exists, `simd128.rs`. The two give identical bytes. This is the only crate of the
//! workspace that may use `unsafe`; every such block states the proof beside it.
#![cfg_attr(not(feature = "std"), no_std)]

#[macro_use]
extern crate alloc;

pub mod bytes;
pub mod fields;
pub mod floats;
pub mod histogram;
pub mod huffman;
pub mod lanes;
pub mod per_thread;
pub mod planes;
pub mod rans;
pub mod sort;
pub mod words;
pub mod xxh3;

#[cfg(any(test, feature = "self-test"))]
pub mod self_test;

// What decoders do without; some of it takes the standard library's floating-point functions.
#[cfg(feature = "std")]
pub mod assign;
#[cfg(feature = "std")]
pub mod compute;
#[cfg(feature = "std")]
pub mod error_measures;
#[cfg(feature = "std")]
pub mod group;
#[cfg(feature = "std")]
pub mod group_ranges;
#[cfg(feature = "std")]
pub mod hqq;
#[cfg(feature = "std")]
pub mod levels;
#[cfg(feature = "std")]
pub mod magnitudes;
#[cfg(feature = "std")]
pub mod pack;
#[cfg(feature = "std")]
pub mod partition;
#[cfg(feature = "std")]
mod quads;
#[cfg(feature = "std")]
pub mod quantize;
#[cfg(feature = "std")]
pub mod rows;
#[cfg(feature = "std")]
pub mod statistics;
#[cfg(feature = "std")]
pub mod threshold;
#[cfg(feature = "std")]
pub mod transpose;
#[cfg(all(feature = "std", target_arch = "wasm32", target_feature = "simd128"))]
mod vector;
#[cfg(feature = "std")]
pub mod viterbi;
