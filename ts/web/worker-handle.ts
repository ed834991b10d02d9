import type { WorkerHandle } from '../platform.js';
import { HELD, type WebWorkerStart } from './worker-start.js';

let started = 0;

/**
 * A worker of a browser. Browsers say when one fails, but not when one has ended, be it by its own doing or for want of
 * memory: so it holds a lock while it lives, and whoever gets the lock next knows that it is gone.
 */
export function workerHandle(worker: Worker, module: WebAssembly.Module): WorkerHandle {
  started += 1;
  const lock = `tensorpress ${started} ${Math.random()}`;
  const listeners: ((reason: string) => void)[] = [];
  let ended = false;
  const end = (reason: string): void => {
    if (ended) return;
    ended = true;
    worker.terminate();
    for (const listener of listeners) listener(reason);
  };
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    // What cannot be loaded comes without a message.
    end(event.message || 'its script could not be loaded');
  });
  worker.addEventListener('message', ({ data }) => {
    if (data !== HELD) return;
    const gone = (): void => end('it ended by itself');
    navigator.locks.request(lock, gone).catch(() => {});
  });
  const start: WebWorkerStart = { module, lock };
  worker.postMessage(start);
  return {
    endpoint: worker,
    keepAlive() {},
    onExit: (callback) => listeners.push(callback),
    // Those who wait hear of it after whoever terminates is done.
    terminate: () => queueMicrotask(() => end('it was terminated')),
  };
}
