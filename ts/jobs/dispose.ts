import { disposeSharedPool } from './pool.js';

/**
 * Ends the workers that operations share; the next operation that needs some starts new ones. A program need not call
 * this to end: workers that are idle keep no process alive.
 */
export function dispose(): void {
  disposeSharedPool();
}
