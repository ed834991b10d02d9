/** How far an operation is. */
export interface Progress {
  /** Bytes done, measured in uncompressed bytes. */
  done: number;
  /** Bytes in all. */
  total: number;
  /** Seconds left at the pace so far; `undefined` until there is a pace. */
  secondsLeft: number | undefined;
}

const INTERVAL_MS = 50;

/** Counts bytes and tells the caller, but not more often than a person could see. */
export class ProgressMeter {
  readonly #total: number;
  readonly #callback: ((progress: Progress) => void) | undefined;
  #done = 0;
  #told = -1;
  #lastCall = 0;
  readonly #started = performance.now();

  constructor(total: number, callback: ((progress: Progress) => void) | undefined) {
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
    if (!this.#callback) return;
    const now = performance.now();
    const seconds = (now - this.#started) / 1000;
    const done = Math.min(this.#done, this.#total);
    this.#lastCall = now;
    this.#told = done;
    const secondsLeft = done === 0 ? undefined : (seconds * (this.#total - done)) / done;
    this.#callback({ done, total: this.#total, secondsLeft });
  }
}
