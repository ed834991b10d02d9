import { TensorpressError } from './errors.js';
import type { Effort, Preset, Recipe } from './generated/engine.js';
import type { Into } from './io/outputs.js';
import { Pool } from './jobs/pool.js';
import type { Progress } from './progress.js';
import { isBytes, isPath } from './realms.js';

/** Options that every operation takes. */
export interface CommonOptions {
  /**
   * Worker threads: a number from 0 to 256, or `'auto'` (default). `'auto'` means all workers of `pool`, if that is given;
   * otherwise one for each core, none for inputs too small to gain, and one less where the calling thread has a core's work
   * to do itself, as when it decompresses losslessly into memory. For `openArchive`, `inspect` and `diff`, which read little
   * or compare on the calling thread, the default is 0. With 0 everything runs on the calling thread; so it does where no
   * worker starts, and then the console says why.
   */
  workers?: number | 'auto' | undefined;
  /** A pool made by `createPool`, instead of the shared one. */
  pool?: Pool | undefined;
  /** Called as work proceeds, at most about 20 times a second; not by `openArchive` and `inspect`, which finish quickly. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Aborts the operation: it rejects with code `aborted` and leaves no files behind. */
  signal?: AbortSignal | undefined;
}

/** Options of the operations that read folders. */
export interface FolderOptions {
  /**
   * Whether links in a folder may lead to files and folders outside of it. Default false, since a folder made by a stranger
   * may hold links to private files of yours. Links that stay in the folder are always followed, and so are those from a
   * snapshot in the Hugging Face cache to the cache's blobs. They are restored as copies, not as links.
   */
  followLinks?: boolean | undefined;
}

/** Where `compress` puts the archive; the path may be a `file:` address. */
export type CompressOutput = 'bytes' | 'blob' | 'stream' | { path: string | URL } | { into: Uint8Array<ArrayBuffer> };

/** Where `decompress` puts the files; the path may be a `file:` address. */
export type DecompressOutput = 'bytes' | 'blob' | { path: string | URL } | { into: Into };

/** Options of `compress`. */
export interface CompressOptions<Output extends CompressOutput = CompressOutput> extends CommonOptions, FolderOptions {
  /** How hard to try: `'fast'`, `'default'` (default) or `'max'`, which is the slowest and gives the smallest archive. */
  effort?: Effort | undefined;
  /**
   * What is done to the weights, as a recipe that comes with the package: `lossless` (default), `high`
   * (45 dB in the mean over tensors), `balanced` (27 dB), `small` (20 dB) or `deepCompression`. The same as `recipe: { preset }`.
   */
  preset?: Preset | undefined;
  /** What is done to the weights, rule by rule (docs/approximation.md). */
  recipe?: Recipe | undefined;
  /** Size of the whole archive in bytes: at most this, and at least 98% of it. */
  targetBytes?: number | undefined;
  /** Average bits of an approximated weight, within 1%. */
  bitsPerWeight?: number | undefined;
  /** Least signal-to-noise ratio of all approximated weights together, in decibels. */
  sqnr?: number | undefined;
  /** The same in the mean over tensors, each of which counts alike, however large. */
  tensorSqnr?: number | undefined;
  /** Largest error of any weight; blocks that cannot keep it stay exact. */
  maxError?: number | undefined;
  /**
   * Where the archive goes; default `'bytes'`. With `into`, the result's `bytes` are a view of the beginning of that array,
   * which must be long enough; memory that was used before is written several times as fast as new memory. If `path` lies in
   * the folder that is compressed, the archive that it replaces is left out of the new one.
   */
  output?: Output | undefined;
  /** Allows `output.path` to replace an existing file; default false. */
  force?: boolean | undefined;
  /** Decodes the finished archive and compares every file's digest before returning the result; default false. */
  verify?: boolean | undefined;
}

/** Options of `decompress`. */
export interface DecompressOptions<Output extends DecompressOutput = DecompressOutput> extends CommonOptions {
  /**
   * Where the files go; default `'bytes'`. With `into`, a file's `bytes` are a view of the beginning of an array of yours: give
   * one array for an archive of one file, or a function that returns one for each `{ path, size }`. An array must be long
   * enough. Memory that was used before is written several times as fast as new memory. After an error its content is undefined.
   */
  output?: Output | undefined;
  /** Allows `output.path` to replace what exists, though never a folder with files that the archive does not hold; default false. */
  force?: boolean | undefined;
  /** Compares the digest of every file with the one taken at compression; default false. Blocks are always checked. */
  verify?: boolean | undefined;
}

type Check = (value: unknown, field: string) => void;

function refuse(field: string, expected: string, found: unknown): never {
  const shown = typeof found === 'string' ? JSON.stringify(found) : String(found);
  throw new TensorpressError('invalid-option', `${field}: expected ${expected}, found ${shown}`);
}

const boolean: Check = (value, field) => {
  if (typeof value !== 'boolean') refuse(field, 'true or false', value);
};

const workers: Check = (value, field) => {
  const counted = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_WORKERS;
  if (value !== 'auto' && !counted) refuse(field, `'auto' or a whole number from 0 to ${MAX_WORKERS}`, value);
};

const effort: Check = (value, field) => {
  if (value !== 'fast' && value !== 'default' && value !== 'max') refuse(field, "'fast', 'default' or 'max'", value);
};

const word: Check = (value, field) => {
  if (typeof value !== 'string') refuse(field, 'a name', value);
};

const number: Check = (value, field) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(field, 'a number', value);
};

const record: Check = (value, field) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(field, 'an object', value);
};

const callback: Check = (value, field) => {
  if (typeof value !== 'function') refuse(field, 'a function', value);
};

const signal: Check = (value, field) => {
  if (!(value instanceof AbortSignal)) refuse(field, 'an AbortSignal', value);
};

const pool: Check = (value, field) => {
  if (!(value instanceof Pool)) refuse(field, 'a pool made by createPool', value);
};

function output(words: string[], into: Check): Check {
  return (value, field) => {
    if (typeof value === 'string' && words.includes(value)) return;
    const expected = `${words.map((word) => `'${word}'`).join(', ')}, { path } or { into }`;
    if (typeof value !== 'object' || value === null) refuse(field, expected, value);
    checkFields(value, { path, into }, field);
    const given = Object.values(value).filter((member) => member !== undefined).length;
    if (given === 0) refuse(`${field}.path`, 'a path', undefined);
    if (given > 1) refuse(field, expected, '{ path, into }');
  };
}

const array: Check = (value, field) => {
  if (!isBytes(value)) refuse(field, 'a Uint8Array', value);
};

const arrays: Check = (value, field) => {
  if (typeof value !== 'function' && !isBytes(value)) refuse(field, 'a Uint8Array or a function', value);
};

const path: Check = (value, field) => {
  if (!isPath(value) || !/^[^\0\p{Cs}]+$/u.test(String(value))) refuse(field, 'a path', value);
};

/** The most workers that can be asked for. */
export const MAX_WORKERS = 256;

const RECIPE = {
  preset: word,
  recipe: record,
  targetBytes: number,
  bitsPerWeight: number,
  sqnr: number,
  tensorSqnr: number,
  maxError: number,
};

const COMMON = { workers, pool, onProgress: callback, signal };

const FOLDER = { followLinks: boolean };

function checkFields(value: unknown, known: Record<string, Check>, where: string): void {
  if (typeof value !== 'object' || value === null) refuse(where, 'an object', value);
  for (const [name, member] of Object.entries(value)) {
    const field = `${where}.${name}`;
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      const names = Object.keys(known).join(', ');
      throw new TensorpressError('invalid-option', `${field}: no such option; there are ${names}`);
    }
    if (member !== undefined) check(member, field);
  }
}

/** Refuses unknown fields and wrong values of `compress`'s options. */
export function checkCompressOptions(options: CompressOptions): void {
  const own = { effort, output: output(['bytes', 'blob', 'stream'], array), force: boolean, verify: boolean };
  checkFields(options, { ...COMMON, ...FOLDER, ...own, ...RECIPE }, 'options');
}

/** The recipe that the options add up to; none where weights stay as they are. The engine checks its content. */
export function recipeOf(options: CompressOptions): Recipe | undefined {
  const { preset, targetBytes, bitsPerWeight, sqnr, tensorSqnr, maxError } = options;
  const own = Object.entries({ preset, targetBytes, bitsPerWeight, sqnr, tensorSqnr, maxError });
  const given = own.filter(([, value]) => value !== undefined);
  if (options.recipe === undefined && given.length === 0) return undefined;
  const recipe = { ...options.recipe, ...Object.fromEntries(given) };
  // The engine takes it as JSON, which silently turns NaN and infinity into null.
  JSON.stringify(recipe, (name, value) => {
    if (/number|bigint/.test(typeof value)) number(value, `options.recipe: ${name}`);
    return value;
  });
  return recipe;
}

/** Refuses unknown fields and wrong values of `decompress`'s options. */
export function checkDecompressOptions(options: DecompressOptions): void {
  checkFields(
    options,
    { ...COMMON, output: output(['bytes', 'blob'], arrays), force: boolean, verify: boolean },
    'options',
  );
}

/** Refuses unknown fields and wrong values of the options that every operation takes. */
export function checkCommonOptions(options: CommonOptions): void {
  checkFields(options, COMMON, 'options');
}

const names: Check = (value, field) => {
  record(value, field);
  for (const [name, other] of Object.entries(value as object)) {
    if (typeof other !== 'string') refuse(`${field}[${JSON.stringify(name)}]`, 'a name', other);
  }
};

/** Refuses unknown fields and wrong values of `inspect`'s options. */
export function checkInspectOptions(options: object): void {
  checkFields(options, { ...COMMON, ...FOLDER }, 'options');
}

/** Refuses unknown fields and wrong values of `diff`'s options. */
export function checkDiffOptions(options: object): void {
  checkFields(options, { ...COMMON, ...FOLDER, rename: names }, 'options');
}

/** Refuses unknown fields and wrong values of `decompressStream`'s options. */
export function checkStreamOptions(options: CommonOptions & { verify?: boolean | undefined }): void {
  checkFields(options, { ...COMMON, verify: boolean }, 'options');
}

/** Refuses unknown fields of `init`'s options; what the others hold shows when it is used. */
export function checkInitOptions(options: object): void {
  checkFields(options, { wasm() {}, workerUrl() {} }, 'options');
}

/** Refuses a pool size that is no whole number from 1. */
export function checkPoolOptions(options: { workers?: number | 'auto' | undefined }): void {
  checkFields(options, { workers }, 'options');
  if (options.workers === 0) refuse('options.workers', 'at least 1', 0);
}
