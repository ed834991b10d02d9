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
