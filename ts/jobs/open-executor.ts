import type { CommonOptions } from '../options.js';
import { platform } from '../platform.js';
import type { Executor } from './executor.js';
import { LocalExecutor } from './local-executor.js';
import { sharedPool } from './pools.js';
import { RemoteExecutor } from './remote-executor.js';

/** Below this, starting workers takes longer than the work. */
const SMALL_INPUT = 8 << 20;

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
