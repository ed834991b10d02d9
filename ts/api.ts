/**
 * tensorpress: any model file, smaller, and the same bytes back.
 *
 * - `compress` and `decompress`: files, folders, bytes, Blobs and streams to `.tpress` and back
 * - `decompressStream`: files as they arrive
 * - `openArchive`: single tensors, also over HTTP
 * - `inspect` and `diff`: what is inside, and what changed
 * - `createPool`: workers of your own, and `dispose`: an end to the shared ones
 * - `init`: where the WebAssembly module and the worker come from, where that must be said
 *
 * @packageDocumentation
 */
export { openArchive, type Tensor, TensorArchive, type TensorInfo } from './archive.js';
export type { Errors } from './compare.js';
export { type CompressResult, compress } from './compress.js';
export { createPool } from './create-pool.js';
export { type DecompressResult, decompress } from './decompress.js';
export { type Difference, type DiffOptions, diff, type TensorChange } from './diff.js';
export { dispose } from './dispose.js';
export { type ErrorCode, TensorpressError } from './errors.js';
export type {
  Dtype,
  Effort,
  Encoding,
  FileReport,
  Layout,
  Preset,
  Quality,
  Recipe,
  RecipeStep,
  Report,
  Rule,
  StreamReport,
  TensorReport,
} from './generated/engine.js';
export { type InitOptions, init, type WasmSource } from './init.js';
export { type InspectedFile, type Inspection, type InspectOptions, inspect } from './inspect.js';
export type { TensorData } from './numbers.js';
export type {
  CommonOptions,
  CompressOptions,
  CompressOutput,
  DecompressOptions,
  DecompressOutput,
  FolderOptions,
} from './options.js';
export type { Pool } from './pool.js';
export type { Phase, Progress } from './progress.js';
export type { ByteStream, FileContent, Input, NamedFile } from './source.js';
export { decompressStream, type StreamedFile, type StreamOptions } from './stream.js';
