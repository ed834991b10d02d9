// Browsers with everything in one file, for places where no address works.

import { installPlatform } from '../platform.js';
import { webPlatform } from '../web/platform.js';
import { scriptWorker } from '../web/script-worker.js';
import wasm from './tensorpress_simd.wasm?inline';
import workerScript from './worker.browser.js?source';

installPlatform(webPlatform({ module: () => wasm, worker: () => scriptWorker(workerScript), only: 'simd' }));

export * from '../api.js';
