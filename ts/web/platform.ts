import { overrides, type Platform, type WorkerHandle } from '../platform.js';
import { compileModule, type WasmSource } from '../wasm/compile-module.js';
import { scriptWorker } from './script-worker.js';
import { workerHandle } from './worker-handle.js';

/** What an entry of browsers brings. */
export interface WebAssets {
  module(simd: boolean): WasmSource | Promise<WasmSource>;
  /** Starts the worker's script. Bundlers look for `new Worker(new URL(…))` in one piece, so it is the entry's. */
  worker(): Worker;
  /** Set where there is but one module. */
  only?: 'simd';
}

/** A script of another origin cannot be a worker, but one that a worker of this origin imports. */
function startAt(address: URL | string): Worker {
  const url = new URL(address, location.href);
  if (url.origin === location.origin || url.protocol === 'blob:') return new Worker(url, { type: 'module' });
  return scriptWorker(`import ${JSON.stringify(url.href)}`);
}

let turns: MessageChannel | undefined;
/** Those who wait for a turn, each for a message of its own. */
const waiting: (() => void)[] = [];

/** A turn of the event loop. Timers wait for 4 ms and more, messages do not. */
function breathe(): Promise<void> {
  if (turns === undefined) {
    turns = new MessageChannel();
    turns.port1.onmessage = () => waiting.shift()?.();
  }
  const { port2 } = turns;
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(null);
  });
}

/** Browsers and what is like them: documents, workers of any kind, extensions. */
export function webPlatform(assets: WebAssets): Platform {
  const spawn = (module: WebAssembly.Module): WorkerHandle => {
    const { workerUrl } = overrides;
    return workerHandle(workerUrl === undefined ? assets.worker() : startAt(workerUrl), module);
  };
  return {
    loadModule: (simd) => compileModule(assets.module(simd)),
    preferredBuild: () => (__ENCODER__ ? assets.only : undefined),
    parallelism: () => navigator.hardwareConcurrency || 2,
    // Service workers have none.
    ...(typeof Worker === 'undefined' ? {} : { spawn }),
    allocate: (length) => new Uint8Array(length),
    breathe,
  };
}
