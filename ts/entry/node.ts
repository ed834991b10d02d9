// Node and Bun.
import { nodePlatform } from '../node/platform.js';
import { installPlatform } from '../platform.js';

installPlatform(
  nodePlatform({
    module: (simd) =>
      simd ? new URL('./tensorpress_simd.wasm', import.meta.url) : new URL('./tensorpress.wasm', import.meta.url),
    worker: () => new URL('./worker.mjs', import.meta.url),
  }),
);

export * from '../api.js';
