/**
 * The half of tensorpress that reads archives, with a WebAssembly module that holds no encoder and no reader of model
 * formats: a small fraction of the whole, for programs that only load models.
 *
 * @packageDocumentation
 */

// Reading archives.

export { type DecompressResult, decompress } from './operations/decompress.js';
export { decompressStream, type StreamedFile, type StreamOptions } from './operations/decompress-stream.js';
export { openArchive, type Tensor, TensorArchive, type TensorInfo } from './operations/open-archive.js';

// Workers, and the WebAssembly module.

export type { Pool } from './jobs/pool.js';
export { createPool, dispose } from './jobs/pools.js';
export { type InitOptions, init, type WasmSource } from './operations/init.js';

// What all of these take, give and throw.

export { type ErrorCode, TensorpressError } from './errors.js';
export type { ByteStream, FileContent } from './io/source.js';
export type { CommonOptions, DecompressOptions, DecompressOutput } from './options.js';
export type { Phase, Progress } from './progress.js';
export type { TensorData } from './tensors/elements.js';
