// Node and Bun, decoding only.
import { nodePlatform } from '../node/platform.js';
import { installPlatform } from '../platform.js';

installPlatform(
  nodePlatform({
    module: () => new URL('./tensorpress_decode.wasm', import.meta.url),
    worker: () => new URL('./worker.decode.mjs', import.meta.url),
  }),
);

export * from '../decode-api.js';
