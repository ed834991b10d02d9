// A service worker that is one file: to be copied beside a page and registered, by those who bundle nothing.
import { serve } from '../ts/adapters/service-worker.js';
import wasm from '../ts/entry/tensorpress_decode.wasm?inline';
import { installPlatform } from '../ts/platform.js';
import { webPlatform } from '../ts/web/platform.js';

installPlatform(
  webPlatform({
    module: () => wasm,
    worker: () => {
      throw new Error('a service worker starts no workers');
    },
  }),
);

serve();
