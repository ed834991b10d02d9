// workerd, Cloudflare's runtime: it compiles what is imported.
import { installModule } from '../compute/load.js';
import module from './tensorpress_compute.wasm';

installModule(() => module);

export * from '../compute/api.js';
