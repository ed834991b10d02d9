// Deno, decoding only.

import { decodeModule } from '../deno/modules.js';
import { nodePlatform } from '../node/platform.js';
import { scriptUrl } from '../node/script-url.js';
import { installPlatform } from '../platform.js';
import workerScript from './worker.decode.mjs?source';

installPlatform(nodePlatform({ module: decodeModule, worker: () => scriptUrl(workerScript) }));

export * from '../decode-api.js';
