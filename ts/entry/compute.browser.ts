// Browsers: products with quantized weights.
import { installModule } from '../compute/load.js';

installModule(async () => new URL('./tensorpress_compute.wasm', import.meta.url));

export * from '../compute/api.js';
