/**
 * The half of tensorpress that reads archives, with a WebAssembly module that holds no encoder and no reader of model
 * formats: a small fraction of the whole, for programs that only load models.
 *
 * @packageDocumentation
 */
export { openArchive, type Tensor, TensorArchive, type TensorInfo } from './archive.js';
export { createPool } from './create-pool.js';
export { type DecompressResult, decompress } from './decompress.js';
export { dispose } from './dispose.js';
export { type ErrorCode, TensorpressError } from './errors.js';
export { type InitOptions, init, type WasmSource } from './init.js';
export type { TensorData } from './numbers.js';
export type { CommonOptions, DecompressOptions, DecompressOutput } from './options.js';
export type { Pool } from './pool.js';
export type { Phase, Progress } from './progress.js';
export type { ByteStream, FileContent } from './source.js';
export { decompressStream, type StreamedFile, type StreamOptions } from './stream.js';
