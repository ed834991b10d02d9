// Vercel's edge runtime, decoding only: it compiles what is imported as a module.

import { edgePlatform } from '../edge/platform.js';
import { installPlatform } from '../platform.js';
import module from './tensorpress_decode.wasm?module';

installPlatform(edgePlatform(module));

export * from '../decode-api.js';
