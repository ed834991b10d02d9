/// <reference lib="esnext.disposable" preserve="true" />

import { guardCaller, TensorpressError } from '../errors.js';
import { type Platform, platform, type WorkerHandle } from '../platform.js';
import { compiledModule } from '../wasm/instance.js';
import { callWorker } from './calls.js';
import type { RemoteWorker } from './protocol.js';

/** Calls that a worker may hold: one being run and two waiting, so that it never idles while the caller copies. */
export const CALLS_A_WORKER = 3;

/** A worker ended while it held a call: the one it was running, which may be the reason, or one that waited behind it. */
class WorkerLost extends Error {
  declare readonly wasRunning: boolean;

  constructor(reason: string, wasRunning: boolean) {
    super(reason);
    this.wasRunning = wasRunning;
  }
}

/** After so many workers that ended while running it, a call is given up. */
const MAX_LOSSES = 2;

/** Milliseconds within which the first worker must have answered. If that is too short, only speed is lost. */
const PATIENCE = 20_000;

/** One call to a worker; it may be made twice, so it builds its arguments anew each time. @internal */
export type WorkerCall<T> = (worker: RemoteWorker) => Promise<T>;

/** A worker, started on its first call. */
class Slot {
  load = 0;
  declare readonly remote: RemoteWorker;
  #retired = false;
  readonly #handle: WorkerHandle;
  readonly #pending = new Set<(error: WorkerLost) => void>();

  constructor(handle: WorkerHandle, onExit: (slot: Slot) => void) {
    this.#handle = handle;
    this.remote = callWorker(handle.endpoint);
    handle.keepAlive(false);
    handle.onExit((reason) => {
      onExit(this);
      // Calls are made in order, so the oldest is the one at work.
      let wasRunning = !this.#retired;
      for (const fail of this.#pending) {
        fail(new WorkerLost(reason, wasRunning));
        wasRunning = false;
      }
      this.#pending.clear();
    });
  }

  /**
   * A call's result, or the news that the worker ended. Not `Promise.race`: a promise that lives as long as the worker
   * would keep every result that was ever raced with it.
   */
  track<T>(call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      call.then(resolve, reject).finally(() => this.#pending.delete(reject));
    });
  }

  enter(): void {
    this.load += 1;
    if (this.load === 1) this.#handle.keepAlive(true);
  }

  leave(): void {
    this.load -= 1;
    if (this.load === 0) this.#handle.keepAlive(false);
  }

  /** Ends the worker for no fault of the calls that it holds. */
  terminate(): void {
    this.#retired = true;
    this.#handle.terminate();
  }
}

/** Worker threads that run blocks; they start when first needed and never keep a process alive. */
export class Pool {
  #size: number;
  readonly #growing: boolean;
  readonly #slots: (Slot | undefined)[] = [];
  /** Wakes those who wait for a worker with room, in order. */
  readonly #waiting: (() => void)[] = [];
  #disposed = false;
  #starts: Promise<boolean> | undefined;

  /** Use `createPool`. */
  constructor(size: number, growing = false) {
    this.#size = size;
    this.#growing = growing;
  }

  /** How many workers the pool may have. */
  get workers(): number {
    return this.#size;
  }

  /** How many workers run now. */
  get running(): number {
    return this.#slots.filter(Boolean).length;
  }

  /** Ends all workers; calls under way fail. */
  dispose(): void {
    this.#disposed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    for (const slot of this.#slots.splice(0)) slot?.terminate();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Makes room for a caller that wants more workers; a pool of the user's own keeps its size. @internal */
  widen(width: number): number {
    if (this.#growing && width > this.#size) this.#size = width;
    return Math.min(width, this.#size);
  }

  /**
   * Whether workers start here. They do not where a policy, another origin or a wrong address keeps their script away; and if
   * the address leads to some other script, a browser does not say so. Without workers the pool is of no more use.
   *
   * @internal
   */
  starts(): Promise<boolean> {
    this.#starts ??= this.#wake();
    return this.#starts;
  }

  async #wake(): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, PATIENCE, new Error('it does not answer'));
    });
    try {
      const encodes = await Promise.race([late, this.run(1, (worker) => worker('wake', []))]);
      if (encodes !== __ENCODER__) throw new Error("it is another entry's");
    } catch (thrown) {
      if (this.#disposed) return true;
      this.dispose();
      const advice = 'no worker starts, whose address init({ workerUrl }) takes; the calling thread does all';
      console.warn(`tensorpress: ${advice}: ${(thrown as Error).message}`);
      return false;
    } finally {
      clearTimeout(timer);
    }
    return true;
  }

  /** Runs a call on one of the first `width` workers; if the worker ends, the call is made once more. @internal */
  async run<T>(width: number, call: WorkerCall<T>): Promise<T> {
    for (let losses = 0; ; ) {
      try {
        return await this.#attempt(width, call);
      } catch (thrown) {
        if (this.#disposed) throw disposedError();
        if (!(thrown instanceof WorkerLost)) throw thrown;
        if (thrown.wasRunning) losses += 1;
        if (losses < MAX_LOSSES) continue;
        throw new TensorpressError('internal', `a worker ended twice during the same job: ${thrown.message}`);
      }
    }
  }

  async #attempt<T>(width: number, call: WorkerCall<T>): Promise<T> {
    let slot: Slot | undefined;
    try {
      slot = await this.#acquire(width);
      return await slot.track(call(slot.remote));
    } catch (thrown) {
      // The engine of a worker that met a defect is not to be trusted again.
      if (slot && thrown instanceof TensorpressError && thrown.code === 'internal') this.#replace(slot);
      throw thrown;
    } finally {
      slot?.leave();
      // Even if no worker could be started: those who wait must learn of it, too.
      this.#waiting.shift()?.();
    }
  }

  async #acquire(width: number): Promise<Slot> {
    const module = await compiledModule();
    for (let woken = false; ; woken = true) {
      if (this.#disposed) throw disposedError();
      // Whoever waits already comes first. Between choice and entry nothing else runs.
      const mayEnter = woken || this.#waiting.length === 0;
      const slot = mayEnter ? this.#choose(Math.min(width, this.#size), module) : undefined;
      if (slot) {
        slot.enter();
        return slot;
      }
      await new Promise<void>((wake) => (woken ? this.#waiting.unshift(wake) : this.#waiting.push(wake)));
    }
  }

  /** The least busy of the first `width` workers, if it has room. */
  #choose(width: number, module: WebAssembly.Module): Slot | undefined {
    let best: Slot | undefined;
    for (let index = 0; index < width; index += 1) {
      const slot = this.#slots[index];
      if (slot === undefined) {
        if (best?.load === 0) continue;
        best = this.#start(index, module);
      } else if (best === undefined || slot.load < best.load) {
        best = slot;
      }
      if (best.load === 0) break;
    }
    return best !== undefined && best.load < CALLS_A_WORKER ? best : undefined;
  }

  #start(index: number, module: WebAssembly.Module): Slot {
    const { spawn } = platform() as Required<Platform>;
    const handle = guardCaller('workers', () => spawn(module));
    const slot = new Slot(handle, (ended) => this.#forget(ended));
    this.#slots[index] = slot;
    return slot;
  }

  #forget(slot: Slot): void {
    const index = this.#slots.indexOf(slot);
    if (index >= 0) this.#slots[index] = undefined;
  }

  #replace(slot: Slot): void {
    this.#forget(slot);
    slot.terminate();
  }
}

function disposedError(): TensorpressError {
  return new TensorpressError('aborted', 'the pool was disposed while it was in use');
}
