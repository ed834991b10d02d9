import { parentPort, workerData } from 'node:worker_threads';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { answerCalls } from '../ts/jobs/calls.js';
import type { WorkerApi, WorkerStart } from '../ts/jobs/protocol.js';
import { directFiles } from '../ts/node/direct.js';
import type { DirectFiles } from '../ts/platform.js';
import { instantiate } from '../ts/wasm/instance.js';

/** A worker of Node, Deno or Bun. */
export function serveNode(
  makeApi: (files: DirectFiles | undefined, crash: WorkerApi['crash']) => Partial<WorkerApi>,
): void {
  if (parentPort === null) throw new Error('this script is to be started by tensorpress, as a worker thread');
  instantiate((workerData as WorkerStart).module);
  answerCalls(
    makeApi(directFiles, () => process.exit(1)),
    nodeEndpoint(parentPort),
  );
}
