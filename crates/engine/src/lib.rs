//! The engine: from files to a `.tpress` archive and back (docs/FORMAT.md).
//!
//! Nothing here does I/O or starts threads. A [`plan::Planner`] finds the tensors, [`assemble::Assembler`] hands
//! out [`job`]s and writes the head, [`archive::Opener`] opens an archive for random access; a driver moves the
//! bytes. [`compress`] and [`decompress`] are such a driver for files in memory.
#![forbid(unsafe_code)]

pub mod archive;
pub mod assemble;
mod duplicates;
mod fault;
pub mod group;
mod header;
pub mod job;
pub mod limits;
pub mod lossy;
mod manifest;
pub mod maps;
pub mod oneshot;
pub mod options;
pub mod paths;
pub mod plan;
pub mod recipe;
pub mod report;
pub mod schema;
mod targets;
pub mod tune;
mod validate;
pub mod view;

pub use oneshot::{compress, decompress, decompress_limited};
pub use options::Options;
pub use report::Report;
pub use tensorpress_codec::{EngineError, block as codec, digest, inflate};
