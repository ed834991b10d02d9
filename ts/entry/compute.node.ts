// Node and Bun: products with quantized weights.
import { readFile } from 'node:fs/promises';
import { files } from '../compile-module.js';
import { installModule } from '../compute/load.js';
import { guardIo } from '../errors.js';
import { readAddress } from '../node/addresses.js';

const module = new URL('./tensorpress_compute.wasm', import.meta.url);
files.read = readAddress;
installModule(() => guardIo('cannot load the WebAssembly module', () => readFile(module)));

export * from '../compute/api.js';
