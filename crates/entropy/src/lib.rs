//! Entropy coding of byte planes: the coders' specifications, tables and choices.
//!
//! The inner loops live in `tensorpress-kernels`; this crate turns counts into codes, writes and checks headers, and
//! chooses among the kinds of a coded plane.

#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

#[macro_use]
extern crate alloc;

pub mod ans;
pub mod grid;
pub mod huffman;
pub mod inflate;
pub mod logarithm;
pub mod plane;

mod bit_io;
mod error;
mod lanes;
mod reader;

pub use error::CodingError;
pub use plane::{Effort, decode_plane, encode_plane};
