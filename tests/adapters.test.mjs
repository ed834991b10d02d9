// What connects the package to other libraries, without those libraries.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFetch } from '../dist/adapters/fetch.js';
import { fromArchive } from '../dist/adapters/tfjs.js';
import { compress } from '../dist/index.js';
import { model } from './helpers/models.mjs';

const original = model();
const { bytes: archive } = await compress([{ path: 'model.onnx', data: original }]);
const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0, 'bytes differ');
const bytesOf = async (response) => new Uint8Array(await response.arrayBuffer());

/** A server that holds one archive. */
const server = async (address) =>
  String(address).endsWith('/model.onnx.tpress') ? new Response(archive) : new Response(null, { status: 404 });

test('fetch brings what the archive holds, as often as it is asked', async () => {
  for (const match of [undefined, /\.onnx$/g, /\.onnx$/]) {
    const fetch = createFetch({ fetch: server, match, workers: 0 });
    for (let round = 0; round < 3; round += 1) same(await bytesOf(await fetch('http://x/model.onnx')), original);
    const parts = ['bytes=0-9', 'bytes=-7'].map((range) => fetch('http://x/model.onnx', { headers: { range } }));
    const [first, last] = await Promise.all(parts);
    assert.is(first.status, 206);
    same(await bytesOf(first), original.subarray(0, 10));
    same(await bytesOf(last), original.subarray(-7));
    assert.is((await fetch('http://x/other.onnx')).status, 404);
  }
});

test('a response that is also kept elsewhere ends', async () => {
  const kept = new Response(archive);
  const cache = { match: async () => kept.clone(), put: async () => {} };
  const fetch = createFetch({ fetch: server, cache, workers: 0 });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, 5000, new Uint8Array(0));
  });
  same(await Promise.race([fetch('http://x/model.onnx').then(bytesOf), late]), original);
  clearTimeout(timer);
});

test('a model that is no JSON is an error of the package', async () => {
  const { bytes } = await compress([{ path: 'model.json', data: new TextEncoder().encode('{"a":') }]);
  const error = await fromArchive(bytes)
    .load()
    .catch((thrown) => thrown);
  assert.is(error.code, 'invalid-option');
  assert.match(error.message, /^model\.json of the archive is no JSON/);
});

test.run();
