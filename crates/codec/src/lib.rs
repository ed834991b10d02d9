//! Blocks of weights, encoded and decoded (docs/FORMAT.md, sections 4 to 12), and the jobs that decode them.
//!
//! Without the feature `encode` only the decoders are compiled, for a module that must be small. Encoders stand beside them in
//! the same files; the linker drops what nothing calls then.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "encode"), no_std, allow(dead_code, unused_imports))]

#[macro_use]
extern crate alloc;

#[macro_use]
pub mod error;

pub mod block;
pub mod digest;
pub mod group;
pub mod inflate;
pub mod job;
pub mod limits;
#[cfg(feature = "encode")]
pub mod measure;

pub use error::EngineError;
