import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { guardIo } from '../errors.js';
import type { Platform, WorkerHandle } from '../platform.js';
import type { WorkerStart } from '../protocol.js';
import { directFiles } from './direct.js';
import { PathOutputs } from './outputs.js';
import { openPath } from './paths.js';
import { scratchSink } from './scratch.js';
import { PathSink } from './sink.js';
import { spool } from './spool.js';

function spawn(module: WebAssembly.Module): WorkerHandle {
  const workerData: WorkerStart = { module };
  // Neither the options of the parent's command line nor its standard input are any of the worker's business.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData, execArgv: [], name: 'tensorpress' });
  let reason = '';
  worker.on('error', (error: unknown) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  return {
    endpoint: nodeEndpoint(worker),
    keepAlive(keep) {
      if (keep) worker.ref();
      else worker.unref();
    },
    onExit(callback) {
      worker.once('exit', (code) => callback(reason === '' ? `it exited with code ${code}` : reason));
    },
    terminate() {
      void worker.terminate();
    },
  };
}

/** Node, and Deno and Bun where they act as Node does. */
export const nodePlatform: Platform = {
  async loadModule(simd) {
    const url = new URL(simd ? './tensorpress_simd.wasm' : './tensorpress.wasm', import.meta.url);
    const bytes = await guardIo('cannot load the WebAssembly module', () => readFile(url));
    return WebAssembly.compile(bytes);
  },
  preferredBuild() {
    const wanted = process.env.TENSORPRESS_WASM;
    return wanted === 'simd' || wanted === 'base' ? wanted : undefined;
  },
  parallelism: availableParallelism,
  spawn,
  allocate(length) {
    const buffer = Buffer.allocUnsafeSlow(length);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, length);
  },
  paths: {
    open: openPath,
    sink: (path, force) => PathSink.open(path, force),
    scratch: scratchSink,
    outputs: async (path, force) => new PathOutputs(path, force),
    spool,
    direct: directFiles,
  },
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};
