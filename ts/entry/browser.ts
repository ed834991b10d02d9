// Browsers. The addresses are written so that bundlers find the files behind them.
import { installPlatform } from '../platform.js';
import { webPlatform } from '../web/platform.js';

installPlatform(
  webPlatform({
    module: async (simd) =>
      simd ? new URL('./tensorpress_simd.wasm', import.meta.url) : new URL('./tensorpress.wasm', import.meta.url),
    worker: () => new Worker(new URL('./worker.browser.js', import.meta.url), { type: 'module' }),
  }),
);

export * from '../api.js';
