import { platform } from '../platform.js';

/** How long the thread is kept at most, apart from a single step. */
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
