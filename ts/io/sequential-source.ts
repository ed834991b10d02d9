import { TensorpressError } from '../errors.js';
import { joined } from './copy.js';
import { type ByteSource, readChunks, readerOf } from './source.js';

/** A stream as a source whose ranges are asked for first to last. */
export class SequentialSource implements ByteSource {
  readonly path = 'stream';
  readonly size = -1;
  readonly sequential = true;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #chunks: AsyncGenerator<Uint8Array, void>;
  #chunk: Uint8Array = new Uint8Array(0);
  #position = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(stream: ReadableStream<Uint8Array>, signal: AbortSignal | undefined) {
    this.#reader = readerOf(stream);
    this.#chunks = readChunks(this.#reader, signal);
  }

  /** Reads wait for each other, so that they may be asked for without waiting. */
  read(offset: number, length: number): Promise<Uint8Array> {
    const result = this.#last.then(() => this.#read(offset, length));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Reads to the end; a stream that goes on after byte `end` is no archive. */
  async expectEnd(end: number): Promise<void> {
    await this.#last;
    await this.#take(end - this.#position);
    if (!(await this.#fill())) return;
    throw new TensorpressError('corrupt', `the archive goes on at byte ${end}, its header declares no more`);
  }

  async checkUnchanged(): Promise<void> {}

  async close(): Promise<void> {
    // Else whoever waits for bytes that do not come would be waited for.
    this.#reader.cancel().catch(() => {});
    await this.#chunks.return();
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.#position) throw new Error(`byte ${offset} was asked for after byte ${this.#position}`);
    await this.#take(offset - this.#position);
    // Not allocated at once: a header may claim a length that the stream does not have.
    const parts: Uint8Array[] = [];
    await this.#take(length, parts);
    return joined(parts);
  }

  async #take(length: number, parts: Uint8Array[] = []): Promise<void> {
    let left = length;
    while (left > 0) {
      if (!(await this.#fill())) {
        const expected = this.#position + left;
        throw new TensorpressError(
          'truncated',
          `the stream ended at byte ${this.#position}, expected ${expected} or more`,
        );
      }
      const part = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(part.length);
      this.#position += part.length;
      left -= part.length;
      parts.push(part);
    }
  }

  /** Whether there is a byte to take. */
  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#chunk = next.value;
    }
    return true;
  }
}
