import { type Archive, type Job, jobsOf, paramsOf, verifyFile } from '../container/archive.js';
import { checkAborted, TensorpressError } from '../errors.js';
import type { ByteSource } from '../io/source.js';
import { inputAt } from '../jobs/bytes.js';
import { RunningDigest } from '../jobs/digest.js';
import { type Decoded, type Executor, inOrder } from '../jobs/executor.js';
import { type DecodeGroup, decodeGroups } from './decode-groups.js';
import { StreamHashes } from './stream-hashes.js';

interface FileState {
  length: number;
  /** Up to here it was handed out. */
  cursor: number;
  /** Decoded early, by offset. */
  waiting: Map<number, Uint8Array>;
  skipped: boolean;
}

/** Jobs so that files come out first to last; what a stream brings must be taken as it comes. */
function ordered(jobs: Job[], sequential: boolean): Job[] {
  if (sequential) return jobs;
  // Before every other target of the job, by file and offset.
  const keyed = jobs.map((job) => ({ job, first: [...job.targets].sort(byPlace)[0] ?? [] }));
  return keyed.sort((a, b) => byPlace(a.first, b.first)).map(({ job }) => job);
}

function byPlace(a: number[], b: number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
}

/**
 * Decodes an archive into its files, first to last, as fast as somebody takes their bytes. Only what belongs further
 * back is held: with an archive at hand next to nothing, with a stream the skeleton and what a tensor repeats.
 */
export class FileSequence {
  readonly #archive: Archive;
  readonly #verify: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #onBytes: (count: number) => void;
  readonly #onMismatch: ((file: number) => void) | undefined;
  readonly #files: FileState[];
  readonly #decoded: AsyncGenerator<[DecodeGroup, Decoded], void, undefined>;
  readonly #hashes: StreamHashes | undefined;

  constructor(
    archive: Archive,
    source: ByteSource,
    executor: Executor,
    verify: boolean,
    signal: AbortSignal | undefined,
    onBytes: (count: number) => void = () => {},
    onMismatch?: (file: number) => void,
  ) {
    this.#archive = archive;
    this.#verify = verify;
    this.#signal = signal;
    this.#onBytes = onBytes;
    this.#onMismatch = onMismatch;
    this.#files = archive.plan.files.map(({ len }) => ({ length: len, cursor: 0, waiting: new Map(), skipped: false }));
    const jobs = jobsOf(archive);
    this.#hashes = StreamHashes.where(verify, archive, jobs);
    const groups = decodeGroups(ordered(jobs, source.sequential === true));
    this.#decoded = inOrder(groups, executor.window, async (group) => {
      const input = await inputAt(source, group.offset, group.len);
      const hashed = this.#hashes !== undefined;
      return executor.decode(paramsOf(archive, group.jobs), group.len, group.raw_len, input, { hashed });
    });
  }

  /** The bytes of a file, in order. Files before it must be read to their ends or skipped. */
  async *chunks(file: number): AsyncGenerator<Uint8Array> {
    const state = this.#state(file);
    const digest = this.#verify ? new RunningDigest() : undefined;
    while (state.cursor < state.length) {
      if (state.skipped) {
        const { path } = this.#archive.plan.files[file] ?? {};
        throw new TensorpressError('invalid-option', `${path}: its bytes were to be taken before the next file`);
      }
      const chunk = state.waiting.get(state.cursor);
      if (chunk === undefined) {
        if (await this.#advance()) continue;
        throw new TensorpressError('corrupt', 'the archive ends before its files are complete');
      }
      state.waiting.delete(state.cursor);
      state.cursor += chunk.length;
      digest?.update(chunk);
      yield chunk;
    }
    const hex = digest?.finish();
    if (hex === undefined) return;
    const { digest: expected, approximate } = this.#archive.plan.files[file] ?? {};
    if (__ENCODER__ && this.#onMismatch !== undefined && hex !== expected && !approximate) this.#onMismatch(file);
    else verifyFile(this.#archive, file, hex);
  }

  /** Lets go of what is held of a file, and of what comes. */
  skip(file: number): void {
    const state = this.#state(file);
    state.skipped = true;
    state.waiting.clear();
  }

  /** Decodes what is left, so that damage in it is found. */
  async drain(): Promise<void> {
    this.#skipAll();
    while (await this.#advance());
  }

  /** Waits for jobs under way; nothing may be decoded afterwards. */
  async close(): Promise<void> {
    this.#skipAll();
    await this.#decoded.return();
  }

  #skipAll(): void {
    for (const file of this.#files.keys()) this.skip(file);
  }

  #state(file: number): FileState {
    return this.#files[file] as FileState;
  }

  /** Takes the next job's result, while the workers are kept busy with those behind it; says whether there was one. */
  async #advance(): Promise<boolean> {
    checkAborted(this.#signal);
    const { value } = await this.#decoded.next();
    if (!value) return false;
    const [{ jobs, targets, raw_len }, decoded] = value;
    if (decoded.leaves) this.#hashes?.add(jobs, decoded.leaves);
    const { bytes } = decoded;
    for (const [file, offset, start, length] of targets) {
      const state = this.#state(file);
      if (!state.skipped && length > 0) state.waiting.set(offset, bytes?.slice(start, start + length) as Uint8Array);
    }
    decoded.release();
    this.#onBytes(raw_len);
    return true;
  }
}
