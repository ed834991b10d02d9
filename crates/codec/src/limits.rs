//! What a hostile job, or a plan, can make the decoder do at most.

/// Largest plan after inflation. Its parsed form may take several times as much memory.
pub const MAX_PLAN: u64 = 128 << 20;
/// The most bytes that one byte of a DEFLATE stream can stand for.
pub const MAX_INFLATION: u64 = 1032;
/// Largest decoded length of a block.
pub const MAX_BLOCK: u32 = 16 << 20;
/// Decoded bytes of a job: enough to make handing it to a worker cheap, little enough to stay in a core's cache and to
/// keep all workers busy until the end.
pub const JOB_BYTES: u64 = 1 << 20;
