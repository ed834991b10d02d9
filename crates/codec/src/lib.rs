//! Blocks of weights, encoded and decoded (docs/FORMAT.md, sections 4 to 6), and the jobs that decode them.
#![forbid(unsafe_code)]

pub mod block;
pub mod digest;
mod error;
pub mod fault;
pub mod group;
pub mod inflate;
pub mod job;
pub mod limits;

pub use error::EngineError;
