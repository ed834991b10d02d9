import { guardCaller, TensorpressError } from '../errors.js';
import { platform } from '../platform.js';
import { isBytes } from '../realms.js';
import { copyBytes } from './copy.js';

/** A decompressed file, in the form that was asked for. */
export interface DecompressedFile {
  /** Its path in the archive, relative, with `/`. */
  path: string;
  size: number;
  /** Its bytes, with `output: 'bytes'`. */
  bytes?: Uint8Array<ArrayBuffer>;
  /** Its content, with `output: 'blob'`. */
  blob?: Blob;
  /** Where it was written, with `output: { path }`. */
  file?: string;
}

/** A file that an archive promises. */
export interface ExpectedFile {
  path: string;
  len: number;
}

/** Where decompressed files go. */
export interface OutputFiles {
  begin(files: ExpectedFile[]): Promise<void>;
  /** Where threads of this machine can write the file by themselves. */
  local?(file: number): string;
  /** To be told when they did. */
  written?(file: number, length: number): void;
  /** As `ByteSink.write`. */
  write(file: number, offset: number, bytes: Uint8Array, owned: boolean): Promise<void> | void;
  /** Called when all is written, before the digests are compared: what can be read again. */
  content(file: number): Uint8Array | Blob | string;
  finish(): Promise<DecompressedFile[]>;
  /** Removes every trace. */
  discard(): Promise<void>;
}

/** Largest typed array that every runtime can make. */
const MAX_IN_MEMORY = 2 ** 32 - 1;

/** Where the caller wants a file's bytes: in this array, or in the one that the function gives for the file. */
export type Into = Uint8Array<ArrayBuffer> | ((file: { path: string; size: number }) => Uint8Array<ArrayBuffer>);

/** Files in memory, in new arrays or in those of the caller. */
export class MemoryOutputs implements OutputFiles {
  readonly #into: Into | undefined;
  #files: { path: string; bytes: Uint8Array<ArrayBuffer> }[] = [];

  constructor(into?: Into) {
    this.#into = into;
  }

  async begin(files: ExpectedFile[]): Promise<void> {
    for (const file of files) {
      if (file.len <= MAX_IN_MEMORY) continue;
      const advice = "use output: { path } or 'blob'";
      throw new TensorpressError(
        'limit',
        `${file.path} has ${file.len} bytes, at most ${MAX_IN_MEMORY} fit: ${advice}`,
      );
    }
    if (isBytes(this.#into) && files.length !== 1) {
      const advice = 'pass a function that gives an array for each file';
      throw new TensorpressError(
        'invalid-option',
        `options.output.into: one array, but the archive holds ${files.length} files: ${advice}`,
      );
    }
    this.#files = files.map((file) => ({ path: file.path, bytes: this.#memory(file) }));
  }

  #memory({ path, len }: ExpectedFile): Uint8Array<ArrayBuffer> {
    const into = this.#into;
    if (into === undefined) return platform().allocate(len);
    const given =
      typeof into === 'function' ? guardCaller('options.output.into', () => into({ path, size: len })) : into;
    if (isBytes(given) && given.length >= len) return given.subarray(0, len);
    const found = isBytes(given) ? `${given.length} bytes` : String(given);
    throw new TensorpressError(
      'invalid-option',
      `options.output.into: expected a Uint8Array of at least ${len} bytes for ${path}, found ${found}`,
    );
  }

  write(file: number, offset: number, bytes: Uint8Array): void {
    const target = this.#files[file]?.bytes;
    if (target) copyBytes(bytes, target, offset);
  }

  content(file: number): Uint8Array {
    return this.#files[file]?.bytes ?? new Uint8Array(0);
  }

  async finish(): Promise<DecompressedFile[]> {
    return this.#files.map(({ path, bytes }) => ({ path, size: bytes.length, bytes }));
  }

  async discard(): Promise<void> {
    this.#files = [];
  }
}

/** Files as Blobs, put together from one part a job. */
export class BlobOutputs implements OutputFiles {
  #files: { path: string; parts: { offset: number; blob: Blob }[] }[] = [];
  readonly #joined = new Map<number, Blob>();

  async begin(files: ExpectedFile[]): Promise<void> {
    this.#files = files.map(({ path }) => ({ path, parts: [] }));
  }

  write(file: number, offset: number, bytes: Uint8Array): void {
    this.#files[file]?.parts.push({ offset, blob: new Blob([bytes as Uint8Array<ArrayBuffer>]) });
  }

  content(file: number): Blob {
    const known = this.#joined.get(file);
    if (known) return known;
    const parts = this.#files[file]?.parts ?? [];
    const ordered = parts.sort((a, b) => a.offset - b.offset).map((part) => part.blob);
    const blob = new Blob(ordered, { type: 'application/octet-stream' });
    this.#joined.set(file, blob);
    return blob;
  }

  async finish(): Promise<DecompressedFile[]> {
    return this.#files.map(({ path }, index) => {
      const blob = this.content(index);
      return { path, size: blob.size, blob };
    });
  }

  async discard(): Promise<void> {
    this.#files = [];
    this.#joined.clear();
  }
}
