import { checkAborted, guard } from '../errors.js';
import type { Step } from '../generated/engine.js';
import { joined } from '../io/copy.js';
import type { ByteSource } from '../io/source.js';
import type { CommonOptions } from '../options.js';
import type { Span } from '../plan.js';
import { platform } from '../platform.js';
import { Breath } from './breath.js';
import type { Executor, JobInput } from './executor.js';
import { LocalExecutor, RunningDigest } from './local-executor.js';
import { sharedPool } from './pool.js';
import { RemoteExecutor } from './remote-executor.js';

/** Below this, starting workers takes longer than the work. */
const SMALL_INPUT = 8 << 20;

/** Bytes read at once when a whole file is read in order. */
export const READ_CHUNK = 4 << 20;

/** A part of the engine that says which bytes it needs. */
export interface Machine {
  poll(): string;
  supply(bytes: Uint8Array): void;
}

/** Feeds a machine until it needs no more. */
export async function feed(
  machine: Machine,
  read: (file: number, offset: number, length: number) => Promise<Uint8Array> | Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const breath = new Breath();
  for (;;) {
    await breath.take();
    checkAborted(signal);
    const step = JSON.parse(guard(() => machine.poll())) as Step;
    if (step === 'done') return;
    const parts = await Promise.all(step.need.map(({ file, offset, len }) => read(file, offset, len)));
    guard(() => machine.supply(joined(parts)));
  }
}

/**
 * The executor that the options ask for. Where the calling thread is `busy`, because it takes as long to copy a result as a
 * worker takes to make it, it keeps a core for itself. Without a number in the options there are `usual` workers, or all of
 * the caller's pool.
 */
export function openExecutor(
  options: CommonOptions,
  totalLength: number,
  busy = false,
  usual: CommonOptions['workers'] = 'auto',
): Executor {
  const { pool, workers = pool ? 'auto' : usual } = options;
  if (workers === 0 || platform().spawn === undefined) return new LocalExecutor();
  if (pool !== undefined) return new RemoteExecutor(pool, workers === 'auto' ? pool.workers : pool.widen(workers));
  if (workers === 'auto' && totalLength < SMALL_INPUT) return new LocalExecutor();
  const width = workers === 'auto' ? Math.max(1, platform().parallelism() - Number(busy)) : workers;
  const shared = sharedPool();
  return new RemoteExecutor(shared, shared.widen(width));
}

/** A range of a source as the input of a job: a view of memory, a range for the worker to read, or bytes read here. */
export async function inputAt(source: ByteSource, offset: number, length: number): Promise<JobInput> {
  const path = __FILES__ ? source.local : undefined;
  return path === undefined
    ? { pieces: [await piece(source, offset, length)] }
    : { ranges: [{ path, offset, length }] };
}

/** A range of a source: a view of memory, or bytes read here. */
export function piece(source: ByteSource, offset: number, length: number): Uint8Array | Promise<Uint8Array> {
  return source.memory?.subarray(offset, offset + length) ?? source.read(offset, length);
}

/** The input of a job that takes bytes from several places. */
export async function inputOf(sources: ByteSource[], spans: Span[]): Promise<JobInput> {
  const of = (file: number): ByteSource => {
    const source = sources[file];
    if (source === undefined) throw new Error(`the engine named file ${file} of ${sources.length}`);
    return source;
  };
  if (__FILES__ && spans.every(([file]) => of(file).local !== undefined)) {
    return { ranges: spans.map(([file, offset, length]) => ({ path: of(file).local ?? '', offset, length })) };
  }
  const pieces: Uint8Array[] = [];
  for (const [file, offset, length] of spans) pieces.push(await piece(of(file), offset, length));
  return { pieces };
}

/** XXH3-128 of a whole source, where it costs the calling thread least. */
export async function digestOf(
  source: ByteSource,
  executor: Executor,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (__FILES__ && source.local !== undefined) return executor.digest(source.local, source.size);
  const digest = new RunningDigest();
  for (let offset = 0; offset < source.size; offset += READ_CHUNK) {
    checkAborted(signal);
    const length = Math.min(READ_CHUNK, source.size - offset);
    digest.update(await source.read(offset, length));
    if (source.memory) await platform().breathe();
  }
  return digest.finish();
}
