import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
// Not the globals: tests of programs put clocks of their own in the place of these, or have none.
import { setImmediate } from 'node:timers';
import { Worker } from 'node:worker_threads';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { guardIo, TensorpressError } from '../errors.js';
import type { WorkerStart } from '../jobs/protocol.js';
import { overrides, type PathAccess, type Platform, type WorkerHandle } from '../platform.js';
import { files } from '../wasm/compile-module.js';
import { asUrl, NO_MODULE, OUTPUT_FIELD, pathOf, readAddress } from './addresses.js';
import { directFiles } from './direct.js';
import { PathOutputs } from './outputs.js';
import { openPath } from './paths.js';
import { mayMakeTemporaryFiles, mayReadEnvironment } from './permissions.js';
import { scratchSink } from './scratch.js';
import { PathSink } from './sink.js';
import { spool } from './spool.js';

/** What an entry of Node, Deno or Bun brings. */
export interface NodeAssets {
  /** A module, its bytes, or the file that holds them. */
  module(simd: boolean): Promise<WebAssembly.Module | BufferSource | URL>;
  /** The worker's script. */
  worker(): URL;
  /** Set where there is but one module. */
  only?: 'simd';
}

function spawn(script: URL, module: WebAssembly.Module): WorkerHandle {
  const workerData: WorkerStart = { module };
  const url = overrides.workerUrl === undefined ? script : asUrl(overrides.workerUrl);
  // Neither the options of the parent's command line nor its standard input are any of the worker's business.
  const worker = new Worker(url, { workerData, execArgv: [], name: 'tensorpress' });
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
      // Those who wait for the worker's last answers, which come with its end, hear of them first.
      worker.once('exit', (code) => setImmediate(callback, reason === '' ? `it exited with code ${code}` : reason));
    },
    terminate() {
      void worker.terminate();
    },
  };
}

/** Loads what the entry brings, or says what to do where a bundler took the entry away from its files. */
function load(given: ReturnType<NodeAssets['module']>): Promise<WebAssembly.Module> {
  return guardIo(NO_MODULE, async () => {
    const source = await given;
    const found = source instanceof URL ? await readFile(source) : source;
    return found instanceof WebAssembly.Module ? found : WebAssembly.compile(found);
  });
}

const paths: PathAccess = {
  open: openPath,
  sink: async (path, force) => PathSink.open(pathOf(path, OUTPUT_FIELD), force),
  outputs: async (path, force) => new PathOutputs(pathOf(path, OUTPUT_FIELD), force),
  ...(mayMakeTemporaryFiles() ? { scratch: scratchSink, spool } : {}),
  direct: directFiles,
};

function allocate(length: number): Buffer<ArrayBuffer> {
  try {
    return Buffer.allocUnsafeSlow(length);
  } catch (cause) {
    // It has more elements than an array may have here, or there is no such memory: nobody's defect.
    throw new TensorpressError('limit', `${length} bytes are more than one array can hold here`, { cause });
  }
}

/** Node, and Deno and Bun where they act as Node does. */
export function nodePlatform(assets: NodeAssets): Platform {
  files.read = readAddress;
  return {
    loadModule: (simd) => load(assets.module(simd)),
    preferredBuild() {
      if (assets.only !== undefined) return assets.only;
      const wanted = mayReadEnvironment() ? process.env.TENSORPRESS_WASM : undefined;
      return wanted === 'simd' || wanted === 'base' ? wanted : undefined;
    },
    parallelism: availableParallelism,
    spawn: (module) => spawn(assets.worker(), module),
    allocate(length) {
      const buffer = allocate(length);
      return new Uint8Array(buffer.buffer, buffer.byteOffset, length);
    },
    paths,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
