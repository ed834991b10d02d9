// Node, Deno and Bun with everything in one file, for programs that are bundled into one.

import { nodePlatform } from '../node/platform.js';
import { scriptUrl } from '../node/script-url.js';
import { installPlatform } from '../platform.js';
import wasm from './tensorpress_simd.wasm?inline';
import workerScript from './worker.mjs?source';

installPlatform(nodePlatform({ module: async () => wasm, worker: () => scriptUrl(workerScript), only: 'simd' }));

export * from '../api.js';
