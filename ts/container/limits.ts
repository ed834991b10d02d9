/** Every cap on what a hostile archive can make its reader do; the same as in `crates/engine/src/limits.rs`. */

/** Largest JSON header. */
export const MAX_HEADER = 100_000_000;
/** Largest manifest. */
export const MAX_MANIFEST = 256 << 20;
/** Largest plan, inflated. */
export const MAX_PLAN = 128 << 20;
/** Largest decoded length of a block. */
export const MAX_BLOCK = 16 << 20;
/** The most files, and the most streams. */
export const MAX_FILES = 1_000_000;
export const MAX_STREAMS = 1_000_000;
/** The most tensors. */
export const MAX_TENSORS = 4_000_000;
/** The most dimensions of a tensor. */
export const MAX_RANK = 64;
/** Longest path of a file, in bytes of UTF-8. */
export const MAX_PATH = 4096;
/** The most places that one list of jobs may write to. */
export const MAX_TARGETS = 16_000_000;
/** Largest length, offset or sum of them. */
export const MAX_LENGTH = Number.MAX_SAFE_INTEGER;
/** Decoded bytes of a job. */
export const JOB_BYTES = 1 << 20;
