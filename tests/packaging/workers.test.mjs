// The packed package in pages where its workers start from elsewhere, in another way, or not at all.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../scripts/lib/run.mjs';
import { weights } from '../helpers/models.mjs';
import { closeBrowser, hasBrowser, resultOf, serve } from './browser.mjs';
import { home, pack } from './workshop.mjs';

const test = suite('workers');
const folder = join(home, 'workers');
cpSync(fileURLToPath(new URL('./pages/', import.meta.url)), folder, { recursive: true });
mkdirSync(join(folder, 'package'));
await run('tar', ['-xzf', await pack(), '-C', join(folder, 'package'), '--strip-components', '1']);
const { compress } = await import(pathToFileURL(join(folder, 'package', 'dist', 'index.js')).href);
const input = [{ path: 'model.bin', data: new Uint8Array(weights(3_000_000, 11).buffer) }];
await compress(input, { output: { path: join(folder, 'model.tpress') }, workers: 0 });
test.after(closeBrowser);

const ANY = { 'access-control-allow-origin': '*' };
const NONE = { 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; worker-src 'none'" };
const HERE = 'package=./package/dist';

/** Pages by what is special about them: address, headers, and how many workers either entry has of two, with what warning. */
const pages = (far) => [
  ['as usual', HERE, {}, [2, 2]],
  ['in a worker', `outer.html?worker&${HERE}`, {}, [2, 2]],
  // Chromium has no workers there.
  ['in a shared worker', `outer.html?shared&${HERE}`, {}, [0, 0]],
  ['in a frame without an origin', `outer.html?frame&${HERE}`, ANY, [0, 0], /cannot be accessed from origin 'null'/],
  ['by policy', HERE, NONE, [0, 0], /could not be loaded/],
  ['at no address', `${HERE}&worker=./none.js`, {}, [0, 0], /could not be loaded/],
  ['another script', `${HERE}&worker=./silent.js`, {}, [0, 0], /does not answer/],
  ["the other entry's script", `${HERE}&worker=./package/dist/worker.browser.js`, {}, [2, 0], /another entry/],
  ['package of another origin', `package=${far}package/dist`, {}, [0, 0], /cannot be accessed/],
  ['script of another origin', `package=${far}package/dist&worker=${far}package/dist/*.browser.js`, {}, [2, 2]],
];

if (hasBrowser) {
  const far = await serve(folder, { headers: ANY });
  test.after(() => far.close());
  for (const [name, address, headers, workers, warning] of pages(far.url)) {
    test(name, async () => {
      const server = await serve(folder, { headers });
      try {
        const shown = await resultOf(server.url + (address.startsWith('package') ? `?${address}` : address));
        const found = JSON.parse(shown);
        assert.equal(
          found.map((one) => [one.whole, one.workers]),
          workers.map((count) => [true, count]),
          shown,
        );
        const { warnings } = found[1];
        assert.is(warnings.length, warning ? workers.filter((count) => count === 0).length : 0, shown);
        for (const text of warnings) assert.match(text, warning);
      } finally {
        server.close();
      }
    });
  }
}

test.run();
