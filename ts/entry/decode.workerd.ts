// workerd, Cloudflare's runtime, decoding only: it compiles what is imported.

import { edgePlatform } from '../edge/platform.js';
import { installPlatform } from '../platform.js';
import module from './tensorpress_decode.wasm';

installPlatform(edgePlatform(module));

export * from '../decode-api.js';
