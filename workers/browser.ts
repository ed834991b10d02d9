// The worker of browsers: one self-contained file.
import { expose } from 'comlink';
import { instantiate } from '../ts/wasm.js';
import { HELD, type WebWorkerStart } from '../ts/web/worker-start.js';
import { installErrorHandler } from '../ts/wire-errors.js';
import { makeApi } from './api.js';

const never = (): Promise<never> => new Promise(() => {});

/** Ends the worker without a word, where that is noticed; else with an error. Never returns an answer. */
function crash(): Promise<never> {
  if ('locks' in navigator) close();
  else setTimeout(() => reportError(new Error('it crashed')));
  return never();
}

/** Holds the lock that tells that the worker lives, as long as it does. Without locks only errors tell its end. */
function holdLock(name: string): Promise<void> {
  return new Promise((resolve) => {
    const hold = (): Promise<never> => {
      postMessage(HELD);
      resolve();
      return never();
    };
    if ('locks' in navigator) navigator.locks.request(name, hold).catch(() => resolve());
    else resolve();
  });
}

/** Calls that come before the worker is ready for them. */
const early: MessageEvent[] = [];
const keep = (event: MessageEvent): number => early.push(event);

async function start({ module, lock }: WebWorkerStart): Promise<void> {
  addEventListener('message', keep);
  installErrorHandler();
  instantiate(module);
  // First of all, for a call may be the end of the worker.
  await holdLock(lock);
  removeEventListener('message', keep);
  expose(makeApi(undefined, crash));
  for (const { data, ports } of early.splice(0))
    dispatchEvent(new MessageEvent('message', { data, ports: [...ports] }));
}

// A rejection would not reach whoever started the worker, an error does.
addEventListener('message', ({ data }) => start(data).catch(reportError), { once: true });
