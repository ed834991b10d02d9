//! Every cap on what a hostile archive, or an absurd input set, can make the engine do.

pub use tensorpress_codec::limits::{JOB_BYTES, MAX_BLOCK, MAX_INFLATION, MAX_PLAN};

// What readers announce as inflatable, whoever reads an archive inflates.
const _: () = assert!(tensorpress_formats::limits::MAX_ARRAY <= MAX_PLAN);

/// Largest JSON header, the same as every safetensors reader's.
pub const MAX_HEADER: u64 = 100_000_000;
/// Largest manifest entry. It must fit one read: 12 bytes a block index about 3 TB of bf16 weights.
pub const MAX_MANIFEST: u64 = 256 << 20;
/// The most files of one archive.
pub const MAX_FILES: usize = 1_000_000;
/// The most streams of one archive.
pub const MAX_STREAMS: usize = 1_000_000;
/// The most tensors of one archive; a tensor need not have a stream of its own.
pub const MAX_TENSORS: usize = 4_000_000;
/// Largest length or offset, and largest sum of them: what a number of JavaScript holds exactly.
pub const MAX_LENGTH: u64 = (1 << 53) - 1;
/// Longest path of a file, in bytes.
pub const MAX_PATH: usize = 4096;
/// The most places that one list of jobs may write to. Only an archive that repeats its streams absurdly often has more.
pub const MAX_TARGETS: usize = 16_000_000;
/// The most bytes that the one-shot functions decode unless told otherwise.
pub const MAX_OUTPUT: u64 = 16 << 30;
/// The most different tensors with equal samples that a tensor is compared with before it is taken for new.
pub const MAX_TWINS: usize = 4;
