import { platform } from './platform.js';

/** Longest that the thread is kept, but for one step. */
const BREATH_MS = 10;

/** Lets timers and signals of the thread run now and then, though not between steps that take no time. */
export class Breath {
  #last = performance.now();

  /** To be called between two steps. */
  async take(): Promise<void> {
    if (performance.now() - this.#last < BREATH_MS) return;
    await platform().breathe();
    this.#last = performance.now();
  }
}
