import { TensorpressError } from '../errors.js';
import { platform } from '../platform.js';
import { copyBytes } from './copy.js';
import { type ByteSource, blobSource, memorySource } from './source.js';

/** Where an archive is written to, at known offsets. */
export interface ByteSink {
  /** Its path, for a file of the caller's. */
  readonly path?: string;
  /** `owned` bytes stay as they are until the promise resolves; others may change as soon as the call returns. */
  write(bytes: Uint8Array, offset: number, owned: boolean): Promise<void> | void;
  /** All is written; what was never written is zero. */
  finish(length: number): Promise<void>;
  /** All is written: what it will be, to be read again before `finish`. */
  reopen(length: number): Promise<ByteSource>;
  /** Removes every trace, also after a failed `finish`. */
  discard(): Promise<void>;
  /** The content, once, after `finish`; for sinks that are made to be streamed. */
  stream?(): ReadableStream<Uint8Array>;
}

/** Bytes that an archive must have before its final length is predicted from how far its input has shrunk. */
const FORETELL = 4 << 20;

/** Share that is reserved beyond the predicted length. */
const MARGIN = 1.03;

/** How often the length is predicted, since a model's first tensors may shrink better than the others. */
const PREDICTIONS = 2;

/**
 * Gathers an archive in memory. How much it needs is predicted from its first megabytes: memory that was not touched before
 * costs several times as much as copying into it, and a second array of the exact length would cost as much again.
 */
export class MemorySink implements ByteSink {
  #memory: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #predictions = 0;
  /** Everything before this is written or belongs to the head, which comes last. */
  #filled: number;
  #result: Uint8Array<ArrayBuffer> | undefined;

  /**
   * `shrunk` says how many of the input's bytes were written so far, and how many there are. With `into` the archive
   * must fit there.
   */
  constructor(
    private readonly bound: number,
    private readonly headLength: number,
    private readonly shrunk: () => [done: number, all: number],
    private readonly into?: Uint8Array<ArrayBuffer>,
  ) {
    this.#filled = headLength;
    if (into) this.#memory = into;
  }

  write(bytes: Uint8Array, offset: number): void {
    this.#reserve(offset + bytes.length);
    if (offset > this.#filled) this.#memory.fill(0, this.#filled, offset);
    copyBytes(bytes, this.#memory, offset);
    this.#filled = Math.max(this.#filled, offset + bytes.length);
  }

  async reopen(length: number): Promise<ByteSource> {
    this.#close(length);
    return memorySource('archive', this.#memory.subarray(0, length));
  }

  async finish(length: number): Promise<void> {
    this.#close(length);
    this.#result = this.into ? this.into.subarray(0, length) : shrink(this.#memory, length);
    this.#memory = new Uint8Array(0);
  }

  async discard(): Promise<void> {
    this.#memory = new Uint8Array(0);
  }

  /** The archive. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#result === undefined) throw new Error('the archive is not finished');
    return this.#result;
  }

  #close(length: number): void {
    this.#reserve(length);
    if (length > this.#filled) this.#memory.fill(0, this.#filled, length);
    this.#filled = length;
  }

  #reserve(length: number): void {
    if (length <= this.#memory.length) return;
    if (this.into) {
      const found = `${this.into.length} bytes, but the archive needs ${length} or more: at most ${this.bound}`;
      throw new TensorpressError('invalid-option', `options.output.into: ${found}`);
    }
    const larger = platform().allocate(Math.max(length, this.#capacity(length)));
    larger.set(this.#memory.subarray(0, this.#filled));
    this.#memory = larger;
  }

  #capacity(length: number): number {
    if (this.#memory.length === 0) return Math.min(this.bound, length + FORETELL);
    if (this.#predictions === PREDICTIONS) return this.bound;
    this.#predictions += 1;
    const [done, all] = this.shrunk();
    const body = this.#filled - this.headLength;
    return Math.min(this.bound, Math.ceil((this.headLength + (body / Math.max(done, 1)) * all) * MARGIN));
  }
}

/** At most this fraction of a buffer (one sixteenth) may be left over: whoever posts the array to another thread posts that, too. */
const SPARE = 16;

/** The array itself where its buffer is little longer, else an exact copy. */
function shrink(memory: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (memory.length - length <= length / SPARE) return memory.subarray(0, length);
  const exact = platform().allocate(length);
  exact.set(memory.subarray(0, length));
  return exact;
}

/** Gathers an archive as parts of a Blob, which the runtime may keep outside of its heap. */
export class BlobSink implements ByteSink {
  readonly #parts: { offset: number; length: number; blob: Blob }[] = [];
  #blob: Blob | undefined;

  write(bytes: Uint8Array, offset: number): void {
    this.#parts.push({ offset, length: bytes.length, blob: new Blob([bytes as Uint8Array<ArrayBuffer>]) });
  }

  async reopen(length: number): Promise<ByteSource> {
    return blobSource('archive', this.#join(length));
  }

  async finish(length: number): Promise<void> {
    this.#blob = this.#join(length);
  }

  #join(length: number): Blob {
    const ordered = this.#parts.sort((a, b) => a.offset - b.offset);
    const pieces: BlobPart[] = [];
    let at = 0;
    for (const part of ordered) {
      if (part.offset > at) pieces.push(new Uint8Array(part.offset - at));
      pieces.push(part.blob);
      at = part.offset + part.length;
    }
    if (length > at) pieces.push(new Uint8Array(length - at));
    return new Blob(pieces, { type: 'application/octet-stream' });
  }

  async discard(): Promise<void> {
    this.#parts.length = 0;
  }

  /** The archive. */
  get blob(): Blob {
    if (this.#blob === undefined) throw new Error('the archive is not finished');
    return this.#blob;
  }
}
