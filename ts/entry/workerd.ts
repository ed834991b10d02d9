// workerd, Cloudflare's runtime: it compiles what is imported.

import { edgePlatform } from '../edge/platform.js';
import { installPlatform } from '../platform.js';
import module from './tensorpress_simd.wasm';

installPlatform(edgePlatform(module));

export * from '../api.js';
