import { checkAborted } from '../errors.js';
import { type ByteSource, READ_CHUNK } from '../io/source.js';
import { RunningDigest } from '../jobs/digest.js';
import type { LocalExecutor } from '../jobs/local-executor.js';
import type { Span } from '../plan.js';

/**
 * Digests files along with their encoding on the same thread, as long as jobs take their bytes in the order of the
 * file: those bytes need not be brought into the engine's memory twice.
 */
export class FileDigests {
  readonly #cursors: number[];
  readonly #digests = new Map<number, RunningDigest>();

  constructor(
    private readonly sources: ByteSource[],
    private readonly executor: LocalExecutor,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#cursors = sources.map(() => 0);
  }

  /** To be called when the executor has run a job, with the spans of its input. */
  async follow(spans: Span[]): Promise<void> {
    let start = 0;
    // What lies between is read once more, but no more of it than the job itself can save.
    let allowed = spans.reduce((sum, [, , length]) => sum + length, 0);
    for (const [file, offset, length] of spans) {
      const gap = offset - (this.#cursors[file] ?? 0);
      if (gap > 0 && gap <= allowed) {
        await this.#read(file, offset);
        allowed -= gap;
      }
      if (this.#cursors[file] === offset) {
        this.executor.digestInput(this.#of(file), start, length);
        this.#cursors[file] = offset + length;
      }
      start += length;
    }
  }

  /** XXH3-128 of a file, with what no job brought in order. */
  async finish(file: number): Promise<string> {
    await this.#read(file, this.sources[file]?.size ?? 0);
    const hex = this.#of(file).finish();
    this.#digests.delete(file);
    return hex;
  }

  /** Frees what `finish` did not. */
  close(): void {
    for (const digest of this.#digests.values()) digest.finish();
    this.#digests.clear();
  }

  async #read(file: number, end: number): Promise<void> {
    const source = this.sources[file] as ByteSource;
    const digest = this.#of(file);
    for (let at = this.#cursors[file] ?? 0; at < end; ) {
      checkAborted(this.signal);
      const length = Math.min(READ_CHUNK, end - at);
      digest.update(await source.read(at, length));
      at += length;
    }
    this.#cursors[file] = end;
  }

  #of(file: number): RunningDigest {
    let digest = this.#digests.get(file);
    if (digest === undefined) {
      digest = new RunningDigest();
      this.#digests.set(file, digest);
    }
    return digest;
  }
}
