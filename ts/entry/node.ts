// Node and Bun. Each address is a variable's: there those look for it who copy the files that a program needs.
import { nodePlatform } from '../node/platform.js';
import { installPlatform } from '../platform.js';

installPlatform(
  nodePlatform({
    async module(simd) {
      const file = simd
        ? new URL('./tensorpress_simd.wasm', import.meta.url)
        : new URL('./tensorpress.wasm', import.meta.url);
      return file;
    },
    worker() {
      const script = new URL('./worker.mjs', import.meta.url);
      return script;
    },
  }),
);

export * from '../api.js';
