// Vercel's edge runtime: it compiles what is imported as a module.
import { installModule } from '../compute/load.js';
import module from './tensorpress_compute.wasm?module';

installModule(() => module);

export * from '../compute/api.js';
