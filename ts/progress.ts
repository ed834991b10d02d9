import { guardCaller } from './errors.js';

/** What is being done: `search` is for what a recipe leaves open, such as how to meet a budget, and goes by trying. */
export type Phase = 'search' | 'encode' | 'decode' | 'compare';

/** How far an operation is. */
export interface Progress {
  /** What is being done. A phase begins anew and ends with `done` at `total`; within it `done` never falls. */
  phase: Phase;
  /**
   * Bytes done, measured in uncompressed bytes. Nobody knows beforehand how often a search has to try: it is taken to
   * be `n` parts of `n + 1` done after going through the input `n` times.
   */
  done: number;
  /** Bytes in all. */
  total: number;
  /** Seconds left at the pace so far; `undefined` until there is a pace, and in a search. */
  secondsLeft: number | undefined;
}

const INTERVAL_MS = 50;

/** Counts bytes and tells the caller, but not more often than a person could see. */
export class ProgressMeter {
  readonly #phase: Phase;
  readonly #total: number;
  readonly #callback: ((progress: Progress) => void) | undefined;
  #done = 0;
  #told = -1;
  #lastCall = 0;
  readonly #started = performance.now();

  constructor(phase: Phase, total: number, callback: ((progress: Progress) => void) | undefined) {
    this.#phase = phase;
    this.#total = total;
    this.#callback = callback;
  }

  /** Bytes that are done. */
  get count(): number {
    return this.#done;
  }

  /** Adds bytes that are done. */
  add(bytes: number): void {
    this.#done += bytes;
    if (this.#callback && performance.now() - this.#lastCall >= INTERVAL_MS) this.#tell();
  }

  /** Reports the end, once. */
  finish(): void {
    this.#done = this.#total;
    if (this.#told !== this.#total) this.#tell();
  }

  #tell(): void {
    const callback = this.#callback;
    if (!callback) return;
    const now = performance.now();
    const seconds = (now - this.#started) / 1000;
    const done = Math.min(this.#done, this.#total);
    this.#lastCall = now;
    this.#told = done;
    const phase = this.#phase;
    const secondsLeft = done === 0 || phase === 'search' ? undefined : (seconds * (this.#total - done)) / done;
    guardCaller('options.onProgress', () => callback({ phase, done, total: this.#total, secondsLeft }));
  }
}
