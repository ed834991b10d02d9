// Node and Bun, decoding only. Each address is a variable's: there those look for it who copy the files that a program needs.
import { nodePlatform } from '../node/platform.js';
import { installPlatform } from '../platform.js';

installPlatform(
  nodePlatform({
    async module() {
      const file = new URL('./tensorpress_decode.wasm', import.meta.url);
      return file;
    },
    worker() {
      const script = new URL('./worker.decode.mjs', import.meta.url);
      return script;
    },
  }),
);

export * from '../decode-api.js';
