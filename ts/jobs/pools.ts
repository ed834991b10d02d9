import { checkPoolOptions } from '../options.js';
import { platform } from '../platform.js';
import { Pool } from './pool.js';

/**
 * Makes a pool of your own, to share between operations or to dispose by hand. Operations without one share a pool
 * that starts by itself and never keeps a process alive. Where no worker starts the calling thread does the work, and the
 * console says why.
 *
 * ```ts
 * const pool = createPool({ workers: 4 })
 * await compress(input, { pool })
 * pool.dispose()
 * ```
 */
export function createPool(options: { workers?: number | 'auto' | undefined } = {}): Pool {
  checkPoolOptions(options);
  const { workers = 'auto' } = options;
  return new Pool(workers === 'auto' ? platform().parallelism() : workers);
}

let shared: Pool | undefined;

/** The pool shared by all operations that bring none of their own. @internal */
export function sharedPool(): Pool {
  shared ??= new Pool(1, true);
  return shared;
}

/**
 * Ends the workers that operations share; the next operation that needs some starts new ones. A program need not call
 * this to end: workers that are idle keep no process alive.
 */
export function dispose(): void {
  shared?.dispose();
  shared = undefined;
}
