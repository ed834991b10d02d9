import type { JobInput } from './bytes.js';
import type { FileTarget } from './protocol.js';

/**
 * An encoded job. `bytes` is the caller's if `owned`, else a part of the engine's memory: to be asked for anew whenever
 * the engine may have run, which moves its memory when that grows.
 */
export interface Encoded {
  readonly bytes: Uint8Array;
  meta: Uint8Array;
  owned: boolean;
  /** Gives the buffer back to be used again; an executor that runs one job at a time waits for it with the next. */
  release(): void;
}

/** A decoded job, as an encoded one; no bytes where the executor wrote them to files. */
export interface Decoded {
  readonly bytes: Uint8Array | undefined;
  /** Leaf hashes of its blocks, 8 bytes each, where they were asked for. */
  leaves: Uint8Array | undefined;
  owned: boolean;
  release(): void;
}

/** What a decoding job is asked for besides its bytes. */
export interface DecodeWishes {
  /** Files to write to instead of handing the bytes over. */
  targets?: FileTarget[] | undefined;
  /** Whether the leaf hashes of its blocks are wanted. */
  hashed?: boolean | undefined;
}

/** Runs jobs, here or elsewhere. */
export interface Executor {
  /** Jobs that may be under way at once. */
  readonly window: number;
  /** Whether jobs run on the calling thread. */
  readonly local: boolean;
  encode(params: Uint8Array, rawLength: number, input: JobInput): Promise<Encoded>;
  decode(
    params: Uint8Array,
    length: number,
    rawLength: number,
    input: JobInput,
    wishes?: DecodeWishes,
  ): Promise<Decoded>;
  /** XXH3-128 of a local file, in hexadecimal. */
  digest(path: string, length: number): Promise<string>;
  /** Gives back what the executor holds. */
  close(): void;
}

/**
 * Starts jobs in order, at most `window` of them ahead of the one whose result is awaited, and gives them in order with
 * their results. When one fails, or no more are taken, the others are waited for, so that nothing writes any more then.
 */
export async function* inOrder<Job, Result>(
  jobs: Iterable<Job>,
  window: number,
  start: (job: Job) => Promise<Result>,
): AsyncGenerator<[Job, Result], void, undefined> {
  const underWay: [Job, Promise<Result>][] = [];
  const iterator = jobs[Symbol.iterator]();
  let next = iterator.next();
  try {
    for (;;) {
      for (; !next.done && underWay.length < window; next = iterator.next()) {
        const result = start(next.value);
        // It is awaited below; until then a failure must not count as unhandled.
        result.catch(() => {});
        underWay.push([next.value, result]);
      }
      const first = underWay.shift();
      if (first === undefined) return;
      yield [first[0], await first[1]];
    }
  } finally {
    await Promise.allSettled(underWay.map(([, result]) => result));
  }
}

/** As `inOrder`, with something to do with each result. */
export async function runInOrder<Job, Result>(
  jobs: Iterable<Job>,
  window: number,
  start: (job: Job) => Promise<Result>,
  finish: (job: Job, result: Result) => Promise<void> | void,
): Promise<void> {
  for await (const [job, result] of inOrder(jobs, window, start)) await finish(job, result);
}
