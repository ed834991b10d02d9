// Browsers, decoding only.
import { installPlatform } from '../platform.js';
import { webPlatform } from '../web/platform.js';

installPlatform(
  webPlatform({
    module: async () => new URL('./tensorpress_decode.wasm', import.meta.url),
    worker: () => new Worker(new URL('./worker.decode.browser.js', import.meta.url), { type: 'module' }),
  }),
);

export * from '../decode-api.js';
