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

// Bundles hold the modules in the order in which they are named here; other orders take up to 200 bytes more.

// Reading archives.

export { type DecompressResult, decompress } from './operations/decompress.js';
export { decompressStream, type StreamedFile, type StreamOptions } from './operations/decompress-stream.js';
export { openArchive, type Tensor, TensorArchive, type TensorInfo } from './operations/open-archive.js';

// Writing them, and reading models of any kind.

export { type CompressResult, compress } from './operations/compress.js';
export { type Difference, type DiffOptions, diff, type TensorChange } from './operations/diff.js';
export { type InspectedFile, type Inspection, type InspectOptions, inspect } from './operations/inspect.js';

// Workers, and the WebAssembly module.

export type { Pool } from './jobs/pool.js';
export { createPool, dispose } from './jobs/pools.js';
export { type InitOptions, init, type WasmSource } from './operations/init.js';

// What all of these take, give and throw.

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
export type { ByteStream, FileContent, Input, NamedFile } from './io/source.js';
export type {
  CommonOptions,
  CompressOptions,
  CompressOutput,
  DecompressOptions,
  DecompressOutput,
  FolderOptions,
} from './options.js';
export type { Phase, Progress } from './progress.js';
export type { Errors } from './tensors/compare.js';
export type { TensorData } from './tensors/elements.js';
