import { type Archive, type Job, jobsOf, paramsOf, verifyFile } from './container/archive.js';
import { inputOf } from './engine.js';
import { checkAborted, TensorpressError } from './errors.js';
import type { Decoded, Executor } from './executor.js';
import { type DecodeGroup, decodeGroups } from './groups.js';
import { RunningDigest } from './local.js';
import type { ByteSource } from './source.js';
import { StreamHashes } from './stream-hashes.js';

interface FileState {
  length: number;
  /** Up to here it was handed out. */
  cursor: number;
  /** Decoded early, by offset. */
  waiting: Map<number, Uint8Array>;
  skipped: boolean;
}

/** Before every other target of the job, by file and offset. */
function firstTarget(job: Job): [number, number] {
  let [file, offset] = [Number.POSITIVE_INFINITY, 0];
  for (const [targetFile, targetOffset] of job.targets) {
    if (targetFile < file || (targetFile === file && targetOffset < offset))
      [file, offset] = [targetFile, targetOffset];
  }
  return [file, offset];
}

/** Jobs so that files come out first to last; what a stream brings must be taken as it comes. */
function ordered(jobs: Job[], sequential: boolean): Job[] {
  if (sequential) return jobs;
  const keyed = jobs.map((job) => ({ job, first: firstTarget(job) }));
  keyed.sort((a, b) => a.first[0] - b.first[0] || a.first[1] - b.first[1]);
  return keyed.map(({ job }) => job);
}

/**
 * Decodes an archive into its files, first to last, as fast as somebody takes their bytes. Only what belongs further
 * back is held: with an archive at hand next to nothing, with a stream the skeleton and what a tensor repeats.
 */
export class FileSequence {
  readonly #files: FileState[];
  readonly #jobs: DecodeGroup[];
  readonly #hashes: StreamHashes | undefined;
  #next = 0;
  readonly #underWay: { job: DecodeGroup; result: Promise<Decoded> }[] = [];

  constructor(
    private readonly archive: Archive,
    private readonly source: ByteSource,
    private readonly executor: Executor,
    private readonly verify: boolean,
    private readonly signal: AbortSignal | undefined,
    private readonly onBytes: (count: number) => void = () => {},
    private readonly onMismatch?: (file: number) => void,
  ) {
    this.#files = archive.plan.files.map(({ len }) => ({ length: len, cursor: 0, waiting: new Map(), skipped: false }));
    const jobs = jobsOf(archive);
    this.#hashes = StreamHashes.where(verify, archive, jobs);
    this.#jobs = decodeGroups(ordered(jobs, source.sequential === true));
  }

  /** The bytes of a file, in order. Files before it must be read to their ends or skipped. */
  async *chunks(file: number): AsyncGenerator<Uint8Array> {
    const state = this.#state(file);
    const digest = this.verify ? new RunningDigest() : undefined;
    while (state.cursor < state.length) {
      const chunk = state.waiting.get(state.cursor);
      if (chunk === undefined) {
        await this.#advance();
        continue;
      }
      state.waiting.delete(state.cursor);
      state.cursor += chunk.length;
      digest?.update(chunk);
      yield chunk;
    }
    const hex = digest?.finish();
    if (hex === undefined) return;
    const { digest: expected, approximate } = this.archive.plan.files[file] ?? {};
    if (this.onMismatch !== undefined && hex !== expected && !approximate) this.onMismatch(file);
    else verifyFile(this.archive, file, hex);
  }

  /** Lets go of what is held of a file, and of what comes. */
  skip(file: number): void {
    const state = this.#state(file);
    state.skipped = true;
    state.waiting.clear();
  }

  /** Decodes what is left, so that damage in it is found. */
  async drain(): Promise<void> {
    for (const file of this.#files.keys()) this.skip(file);
    while (this.#underWay.length > 0 || this.#next < this.#jobs.length) await this.#advance();
  }

  /** Waits for jobs under way; nothing may be decoded afterwards. */
  async close(): Promise<void> {
    this.#next = this.#jobs.length;
    await Promise.allSettled(this.#underWay.splice(0).map(({ result }) => result));
  }

  #state(file: number): FileState {
    const state = this.#files[file];
    if (state === undefined) throw new Error(`file ${file} of ${this.#files.length}`);
    return state;
  }

  /** Takes the next job's result and keeps the workers busy with those behind it. */
  async #advance(): Promise<void> {
    checkAborted(this.signal);
    while (this.#underWay.length < this.executor.window && this.#next < this.#jobs.length) {
      const job = this.#jobs[this.#next] as DecodeGroup;
      this.#next += 1;
      const result = this.#start(job);
      result.catch(() => {});
      this.#underWay.push({ job, result });
    }
    const first = this.#underWay.shift();
    if (first === undefined) throw new TensorpressError('corrupt', 'the archive ends before its files are complete');
    const { job } = first;
    const decoded = await first.result;
    if (decoded.leaves) this.#hashes?.add(job.jobs, decoded.leaves);
    for (const [file, offset, start, length] of job.targets) {
      const state = this.#state(file);
      if (!state.skipped && length > 0)
        state.waiting.set(offset, decoded.bytes?.slice(start, start + length) as Uint8Array);
    }
    decoded.release();
    this.onBytes(job.raw_len);
  }

  async #start(job: DecodeGroup): Promise<Decoded> {
    const input = await inputOf([this.source], [[0, job.offset, job.len]]);
    return this.executor.decode(paramsOf(this.archive, job.jobs), job.len, job.raw_len, input, {
      hashed: this.#hashes !== undefined,
    });
  }
}
