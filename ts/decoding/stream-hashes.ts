import { type Archive, isExact, type Job, verifyStream } from '../container/archive.js';

const HASH_BYTES = 8;

/**
 * Compares what the streams of an archive decode to with the hashes that it has of them: what the digest of a file cannot
 * say whose weights were changed.
 */
export class StreamHashes {
  readonly #archive: Archive;
  /** For each stream how many of its jobs are still to come, and the hashes of the others. */
  readonly #streams = new Map<number, { left: number; leaves: Uint8Array }>();

  constructor(archive: Archive, jobs: Job[]) {
    this.#archive = archive;

    for (const { stream } of jobs) {
      const known = this.#streams.get(stream);
      if (known) known.left += 1;
      else this.#streams.set(stream, { left: 1, leaves: new Uint8Array(this.#bytes(stream)) });
    }
  }

  /** What is needed to verify an archive, if its files' digests do not suffice. */
  static where(needed: boolean, archive: Archive, jobs: Job[]): StreamHashes | undefined {
    return needed && !isExact(archive) ? new StreamHashes(archive, jobs) : undefined;
  }

  /** Length of the hashes of so many decoded bytes of a stream, by default of all. */
  #bytes(stream: number, decoded?: number): number {
    const { len, block } = this.#archive.plan.streams[stream] ?? { len: 0, block: 1 };
    return Math.ceil((decoded ?? len) / block) * HASH_BYTES;
  }

  /** Takes the hashes of jobs that were decoded; refuses a stream, once it is complete, that is not what it was. */
  add(jobs: Job[], leaves: Uint8Array): void {
    let at = 0;
    for (const { stream, start, raw_len } of jobs) {
      const known = this.#streams.get(stream);
      if (!known) throw new Error(`stream ${stream} is none of the archive`);
      const length = this.#bytes(stream, raw_len);
      known.leaves.set(leaves.subarray(at, at + length), this.#bytes(stream, start));
      at += length;
      known.left -= 1;
      if (known.left === 0) verifyStream(this.#archive, stream, known.leaves);
    }
  }
}
