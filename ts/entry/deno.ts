// Deno. Nothing here needs a permission: the worker's script is part of the bundle.

import { fullModule } from '../deno/modules.js';
import { nodePlatform } from '../node/platform.js';
import { scriptUrl } from '../node/script-url.js';
import { installPlatform } from '../platform.js';
import workerScript from './worker.mjs?source';

installPlatform(nodePlatform({ module: fullModule, worker: () => scriptUrl(workerScript), only: 'simd' }));

export * from '../api.js';
