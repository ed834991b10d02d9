// Vercel's edge runtime: it compiles what is imported as a module.

import { edgePlatform } from '../edge/platform.js';
import { installPlatform } from '../platform.js';
import module from './tensorpress_simd.wasm?module';

installPlatform(edgePlatform(module));

export * from '../api.js';
