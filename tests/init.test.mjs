// What `init` says of modules and workers that are none of this package's.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inRoot } from '../scripts/lib/paths.mjs';
import { runNode, scratch, script } from './helpers/package.mjs';

const modules = {
  index: inRoot('dist', 'tensorpress_simd.wasm'),
  decode: inRoot('dist', 'tensorpress_decode.wasm'),
  compute: inRoot('dist', 'tensorpress_compute.wasm'),
};

/** What an entry throws at `init({ wasm })`, each in a process of its own, for it is loaded once. */
async function refusals(entry, wasm) {
  const url = JSON.stringify(pathToFileURL(inRoot('dist', `${entry}.js`)).href);
  const text = `const { init } = await import(${url});
    const { readFileSync } = await import('node:fs');
    const own = readFileSync(${JSON.stringify(modules[entry])});
    await init({ wasm: ${wasm} }).catch(({ name, code, message }) => console.log([name, code, message].join('|')));
    await init({ wasm: own }).then(() => console.log('loaded'), ({ message }) => console.log(message));`;
  const { stdout, stderr } = await runNode(['--input-type=module', '--eval', text]);
  assert.is(stderr, '');
  return stdout.trim().split('\n');
}

for (const entry of Object.keys(modules)) {
  test(`${entry}: what is no module is no defect of the package, and another can be given`, async () => {
    const page = `new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } })`;
    for (const [wasm, code, message] of [
      ['new Uint8Array(100)', 'io', /init\(\{ wasm \}\).*magic/],
      [page, 'io', /HTTP status 200, text\/html/],
      [`new Response('', { status: 404 })`, 'io', /HTTP status 404/],
      [`Promise.reject(new Error('offline'))`, 'io', /offline/],
      [`new URL('file:///nowhere/module.wasm')`, 'io', /ENOENT/],
    ]) {
      const [first, second] = await refusals(entry, wasm);
      const [name, found, said] = first.split('|');
      assert.equal([name, found, second], ['TensorpressError', code, 'loaded'], first);
      assert.match(said, message);
    }
  });

  test(`${entry}: modules of other entries are refused`, async () => {
    for (const [other, path] of Object.entries(modules)) {
      if (other === entry) continue;
      const [first] = await refusals(entry, `readFileSync(${JSON.stringify(path)})`);
      assert.match(first, /^TensorpressError\|invalid-option\|options\.wasm: /);
    }
  });
}

test('where no worker starts the calling thread does all, and says so once', async () => {
  const broken = join(scratch, 'broken.mjs');
  writeFileSync(broken, 'throw new Error("this is no worker")');
  const idle = join(scratch, 'idle.mjs');
  writeFileSync(idle, '');
  for (const [address, reason] of [
    ['nowhere:worker.js', /scheme/],
    [join(scratch, 'none.mjs'), /Cannot find module/],
    [broken, /this is no worker/],
    [idle, /exited/],
  ]) {
    const { code, stdout, stderr } = await script(
      `await tensorpress.init({ workerUrl: ${JSON.stringify(address)} });
       const input = Uint8Array.from({ length: 12 << 20 }, (_, i) => (i * i) >> 7);
       const { bytes } = await tensorpress.compress(input);
       const expected = await tensorpress.compress(input, { workers: 0 });
       console.log(Buffer.compare(bytes, expected.bytes));
       const pool = tensorpress.createPool({ workers: 2 });
       await tensorpress.compress(input, { pool, output: { path: 'alone.tpress' }, force: true });
       await tensorpress.decompress('alone.tpress', { pool, output: { path: 'alone' }, force: true, verify: true });
       for await (const { stream } of tensorpress.decompressStream(bytes, { workers: 3 })) {
         const copy = await new Response(stream).arrayBuffer().then((bytes) => new Uint8Array(bytes));
         console.log(Buffer.compare(copy, input));
       }
       await tensorpress.compress(input, { pool });`,
    );
    assert.is(code, 0, stderr);
    assert.is(stdout, '0\n0\n', stderr);
    const warnings = stderr.trim().split('\n');
    // Of the shared pool and of the one that was made here.
    assert.is(warnings.length, 2, stderr);
    for (const warning of warnings) {
      assert.match(warning, /^tensorpress: no worker starts.*init\(\{ workerUrl \}\)/);
      assert.match(warning, reason);
    }
  }
  assert.ok(readFileSync(join(scratch, 'alone')).length === 12 << 20);
});

test.run();
