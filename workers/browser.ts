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

addEventListener(
  'message',
  ({ data }: MessageEvent<WebWorkerStart>) => {
    installErrorHandler();
    instantiate(data.module);
    expose(makeApi(undefined, crash));
    const hold = (): Promise<never> => {
      postMessage(HELD);
      return never();
    };
    // Without locks, as in a sandboxed frame, only errors tell that a worker is gone.
    navigator.locks?.request(data.lock, hold).catch(() => {});
  },
  { once: true },
);
