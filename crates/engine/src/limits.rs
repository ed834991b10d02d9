//! Every cap on what a hostile archive, or an absurd input set, can make the engine do.

/// Largest JSON header, the same as every safetensors reader's.
pub const MAX_HEADER: u64 = 100_000_000;
/// Largest manifest entry. It must fit one read: 12 bytes a block index about 3 TB of bf16 weights.
pub const MAX_MANIFEST: u64 = 256 << 20;
/// Largest plan after inflation. Its parsed form may take several times as much memory.
pub const MAX_PLAN: u64 = 128 << 20;
/// Most bytes that one byte of a DEFLATE stream can stand for.
pub const MAX_INFLATION: u64 = 1032;
/// Largest decoded length of a block.
pub const MAX_BLOCK: u32 = 16 << 20;
/// Most files of one archive.
pub const MAX_FILES: usize = 1_000_000;
/// Most streams of one archive.
pub const MAX_STREAMS: usize = 1_000_000;
/// Most tensors of one archive; a tensor need not have a stream of its own.
pub const MAX_TENSORS: usize = 4_000_000;
/// Longest path of a file, in bytes.
pub const MAX_PATH: usize = 4096;
/// Most places that one list of jobs may write to. Only an archive that repeats its streams absurdly often has more.
pub const MAX_TARGETS: usize = 16_000_000;
/// Most bytes that the one-shot functions decode unless told otherwise.
pub const MAX_OUTPUT: u64 = 16 << 30;
/// Decoded bytes of a job: enough to make handing it to a worker cheap, little enough to stay in a core's cache and to
/// keep all workers busy until the end.
pub const JOB_BYTES: u64 = 1 << 20;
/// Most different tensors with equal samples that a tensor is compared with before it is taken for new.
pub const MAX_TWINS: usize = 4;
