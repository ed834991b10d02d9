import type { Endpoint } from 'comlink';
import { answerCalls } from '../ts/jobs/calls.js';
import type { WorkerApi } from '../ts/jobs/protocol.js';
import type { DirectFiles } from '../ts/platform.js';
import { instantiate } from '../ts/wasm/instance.js';
import { HELD, type WebWorkerStart } from '../ts/web/worker-start.js';

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

async function start({ module, lock }: WebWorkerStart): Promise<void> {
  instantiate(module);
  // First of all, for a call may be the end of the worker.
  await holdLock(lock);
}

/** A worker of a browser: the first message starts it, all others are calls, which wait until it is ready for them. */
export function serveWeb(
  makeApi: (files: DirectFiles | undefined, crash: WorkerApi['crash']) => Partial<WorkerApi>,
): void {
  const early: MessageEvent[] = [];
  const keep = (event: MessageEvent): void => {
    early.push(event);
  };
  const begin = async ({ data }: MessageEvent): Promise<void> => {
    addEventListener('message', keep);
    await start(data);
    removeEventListener('message', keep);
    answerCalls(makeApi(undefined, crash), globalThis as unknown as Endpoint);
    for (const { data } of early) dispatchEvent(new MessageEvent('message', { data }));
  };
  // A rejection would not reach whoever started the worker, an error does.
  addEventListener('message', (event) => begin(event).catch(reportError), { once: true });
}
