// Node and Bun: products with small weights.
import { readFile } from 'node:fs/promises';
import { installModule } from '../compute/load.js';
import { guardIo } from '../errors.js';

const module = new URL('./tensorpress_compute.wasm', import.meta.url);
installModule(() => guardIo('cannot load the WebAssembly module', () => readFile(module)));

export * from '../compute/api.js';
