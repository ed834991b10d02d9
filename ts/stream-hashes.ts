import { guard } from './errors.js';
import type { DecodeJob } from './generated/engine.js';
import type { OpenedArchive } from './open.js';

const HASH_BYTES = 8;

/**
 * Compares what the streams of an archive decode to with the hashes that it has of them: what the digest of a file cannot
 * say whose weights were changed.
 */
export class StreamHashes {
  readonly #jobs: Map<number, DecodeJob>;
  /** For each stream how many of its jobs are still to come, and the hashes of the others. */
  readonly #streams = new Map<number, { left: number; leaves: Uint8Array }>();

  constructor(
    private readonly opened: OpenedArchive,
    jobs: DecodeJob[],
  ) {
    this.#jobs = new Map(jobs.map((job) => [job.id, job]));
    for (const { stream } of jobs) {
      const known = this.#streams.get(stream);
      if (known) known.left += 1;
      else this.#streams.set(stream, { left: 1, leaves: new Uint8Array(this.#blocks(stream) * HASH_BYTES) });
    }
  }

  /** What is needed to verify an archive, if its files' digests do not suffice. */
  static where(needed: boolean, opened: OpenedArchive, jobs: DecodeJob[]): StreamHashes | undefined {
    return needed && opened.plan.files.some((file) => file.approximate) ? new StreamHashes(opened, jobs) : undefined;
  }

  #blocks(stream: number): number {
    const of = this.opened.plan.streams[stream];
    return of ? Math.ceil(of.len / of.block) : 0;
  }

  /** Takes the hashes of jobs that were decoded; refuses a stream, once it is complete, that is not what it was. */
  add(ids: number[], leaves: Uint8Array): void {
    let at = 0;
    for (const id of ids) {
      const job = this.#jobs.get(id);
      const stream = job && this.#streams.get(job.stream);
      const block = job && this.opened.plan.streams[job.stream]?.block;
      if (!job || !stream || !block) throw new Error(`job ${id} is none of the archive`);
      const length = Math.ceil(job.raw_len / block) * HASH_BYTES;
      stream.leaves.set(leaves.subarray(at, at + length), (job.start / block) * HASH_BYTES);
      at += length;
      stream.left -= 1;
      if (stream.left === 0) guard(() => this.opened.archive.verify_stream(job.stream, stream.leaves));
    }
  }
}
