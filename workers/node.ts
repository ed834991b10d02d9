// The worker of Node, Deno and Bun: one self-contained file.
import { parentPort, workerData } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { directFiles } from '../ts/node/direct.js';
import type { WorkerStart } from '../ts/protocol.js';
import { instantiate } from '../ts/wasm.js';
import { installErrorHandler } from '../ts/wire-errors.js';
import { makeApi } from './api.js';

if (parentPort === null) throw new Error('worker.js is to be started by tensorpress, as a worker thread');
installErrorHandler();
instantiate((workerData as WorkerStart).module);
expose(
  makeApi(directFiles, () => process.exit(1)),
  nodeEndpoint(parentPort),
);
