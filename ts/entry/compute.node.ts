// Node and Bun: products with quantized weights.
import { readFile } from 'node:fs/promises';
import { installModule } from '../compute/load.js';
import { guardIo } from '../errors.js';
import { NO_MODULE, readAddress } from '../node/addresses.js';
import { files } from '../wasm/compile-module.js';

files.read = readAddress;
installModule(() =>
  guardIo(NO_MODULE, () => {
    // A variable: there those look for an address who copy the files that a program needs.
    const file = new URL('./tensorpress_compute.wasm', import.meta.url);
    return readFile(file);
  }),
);

export * from '../compute/api.js';
