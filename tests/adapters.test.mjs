// What connects the package to other libraries, without those libraries.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFetch } from '../dist/adapters/fetch.js';
import { loadModel } from '../dist/adapters/onnxruntime.js';
import { serve } from '../dist/adapters/service-worker.js';
import { fromArchive } from '../dist/adapters/tfjs.js';
import { compress } from '../dist/index.js';
import { archive, bytesOf, original, same, server, serving } from './helpers/adapters.mjs';
import { caught, settled } from './helpers/promises.mjs';

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

test('a caller who has the file already is told so', async () => {
  const answer = ({ headers }) =>
    headers.get('if-none-match') === '"1"' ? new Response(null, { status: 304 }) : new Response(archive);
  const { asked, fetch: below } = serving({ 'http://x/model.onnx.tpress': answer });
  const fetch = createFetch({ fetch: below, workers: 0 });
  assert.is((await fetch('http://x/model.onnx', { headers: { 'If-None-Match': '"1"' } })).status, 304);
  assert.is(asked.length, 1);
  same(await bytesOf(await fetch('http://x/model.onnx', { headers: { 'If-None-Match': '"2"' } })), original);
});

test('a range is one of the version that If-Range names', async () => {
  const date = 'Sun, 29 Nov 2026 07:00:00 GMT';
  for (const [etag, condition, status] of [
    ['"1"', undefined, 206],
    ['"1"', '"1"', 206],
    ['"1"', '"2"', 200],
    ['W/"1"', 'W/"1"', 200],
    ['"1"', date, 206],
    ['"1"', 'Sun, 29 Nov 2026 06:00:00 GMT', 200],
  ]) {
    const answer = ({ headers }) => {
      assert.equal([headers.get('range'), headers.get('if-range')], [null, null]);
      return new Response(archive, { headers: { etag, 'last-modified': date } });
    };
    const { fetch: below } = serving({ 'http://x/model.onnx.tpress': answer });
    const headers = { range: 'bytes=3-6', ...(condition ? { 'if-range': condition } : {}) };
    const found = await createFetch({ fetch: below, workers: 0 })('http://x/model.onnx', { headers });
    assert.is(found.status, status, condition);
    same(await bytesOf(found), status === 206 ? original.subarray(3, 7) : original);
  }
});

test('ranges are for GET alone', async () => {
  const fetch = createFetch({ fetch: server, workers: 0 });
  const head = await fetch('http://x/model.onnx', { method: 'head', headers: { range: 'bytes=0-9' } });
  assert.equal([head.status, head.headers.get('content-length')], [200, String(original.length)]);
});

test('an archive is asked for as the file was', async () => {
  const { asked, fetch: below } = serving({ 'http://x/model.onnx.tpress': () => new Response(archive) });
  const fetch = createFetch({ fetch: below, workers: 0 });
  const { signal } = new AbortController();
  const request = new Request('http://x/model.onnx', { cache: 'no-store', mode: 'same-origin', signal });
  same(await bytesOf(await fetch(request, null)), original);
  assert.equal([asked[0].cache, asked[0].mode, asked[0].method], ['no-store', 'same-origin', 'GET']);
  assert.instance(asked[0].signal, AbortSignal);
  // Its digest is not the archive's.
  for (const [input, init] of [
    ['http://x/model.onnx', { integrity: 'sha256-AAAA' }],
    [new Request('http://x/model.onnx', { integrity: 'sha256-AAAA' })],
  ]) {
    await fetch(input, init);
    assert.is(asked.at(-1).url, 'http://x/model.onnx');
  }
});

test('an abort ends it as it ends any fetch', async () => {
  const silent = (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  let cancelled = 0;
  const stalled = async () => {
    const body = new ReadableStream({
      start: (out) => out.enqueue(archive.slice(0, 300_000)),
      cancel: () => {
        cancelled += 1;
      },
    });
    return new Response(body);
  };
  for (const below of [silent, stalled]) {
    for (const ask of [
      (signal) => [new Request('http://x/model.onnx', { signal })],
      (signal) => ['http://x/model.onnx', { signal }],
    ]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 100);
      const found = createFetch({ fetch: below, workers: 0 })(...ask(controller.signal)).then(bytesOf);
      assert.is((await settled(caught(found))).name, 'AbortError');
    }
  }
  assert.is(cancelled, 2);
  const { body } = await createFetch({ fetch: stalled, workers: 0 })('http://x/model.onnx');
  const reader = body.getReader();
  const pump = caught(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  await settled(reader.cancel());
  assert.is(await settled(pump), undefined);
  assert.is(cancelled, 3);
});

test('where an archive cannot be asked for the file is', async () => {
  const { asked, fetch: below } = serving({
    'http://x/model.onnx': () => new Response(original),
    'http://x/model.onnx.tpress': () => {
      throw new TypeError('Failed to fetch');
    },
    'data:,a.onnx': () => new Response('a.onnx'),
  });
  const fetch = createFetch({ fetch: below, match: () => true, workers: 0 });
  same(await bytesOf(await fetch('http://x/model.onnx')), original);
  assert.is(await (await fetch('data:,a.onnx')).text(), 'a.onnx');
  assert.is(asked.length, 3);
});

test('of an archive of several files comes the one that was asked for', async () => {
  const files = { 'a.json': '{}', 'sub/é 1.onnx': 'one', 'model.onnx': 'two' };
  const input = Object.entries(files).map(([path, text]) => ({ path, data: new TextEncoder().encode(text) }));
  const { bytes } = await compress(input);
  const fetch = createFetch({ fetch: async () => new Response(bytes), workers: 0 });
  assert.is(await (await fetch('http://x/model.onnx')).text(), 'two');
  const one = await fetch('http://x/%C3%A9%201.onnx?download=1', { headers: { range: 'bytes=-2' } });
  assert.equal([one.status, await one.text()], [206, 'ne']);
  const error = await caught(fetch('http://x/other.onnx'));
  assert.is(error.code, 'invalid-option');
  assert.match(error.message, /a file "other\.onnx" in the archive, found a\.json, sub\/é 1\.onnx, model\.onnx/);
});

test('addresses are relative to what the page says', async () => {
  const { asked, fetch: below } = serving({});
  globalThis.document = { baseURI: 'http://x/base/' };
  try {
    await createFetch({ fetch: below })('model.onnx');
  } finally {
    delete globalThis.document;
  }
  assert.is(asked[0].url, 'http://x/base/model.onnx.tpress');
  await createFetch({ fetch: below })('http://x/model.onnx?a=1#part');
  assert.is(asked[2].url, 'http://x/model.onnx.tpress?a=1');
});

test('a service worker leaves to the browser what it does not unpack', async () => {
  const listeners = {};
  const before = globalThis.addEventListener;
  globalThis.addEventListener = (type, listener) => {
    listeners[type] = listener;
  };
  try {
    serve();
  } finally {
    globalThis.addEventListener = before;
  }
  const fetch = globalThis.fetch;
  globalThis.fetch = server;
  try {
    const answers = [];
    for (const address of ['http://x/page.html', 'http://x/model.onnx', 'http://x/model.onnx.tpress']) {
      listeners.fetch({ request: new Request(address), respondWith: (answer) => answers.push(answer) });
    }
    assert.is(answers.length, 1);
    same(await bytesOf(await answers[0]), original);
  } finally {
    globalThis.fetch = fetch;
  }
});

test('what brings no archive is an error of the package', async () => {
  let cancelled = 0;
  const response = (status) => {
    const body = new ReadableStream({
      cancel: () => {
        cancelled += 1;
      },
    });
    return async () => new Response(body, { status });
  };
  const refusing = async () => {
    throw new TypeError('fetch failed');
  };
  const aborting = async (_, { signal }) => {
    throw signal.reason;
  };
  for (const load of [loadModel, (archive, options) => fromArchive(archive, options).load()]) {
    for (const [code, options] of [
      ['io', { fetch: refusing }],
      ['aborted', { fetch: aborting, signal: AbortSignal.abort() }],
      ['io', { fetch: response(404) }],
      ['invalid-option', { fetch: response(200), wrokers: 1 }],
    ]) {
      const error = await settled(caught(load('http://x/model.tpress', options)));
      assert.equal([error.name, error.code], ['TensorpressError', code], error.message);
    }
  }
  assert.is(cancelled, 4);
});

test('an address may be that of a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tensorpress test '));
  try {
    const file = join(folder, 'é.tpress');
    writeFileSync(file, archive);
    for (const address of [file, pathToFileURL(file), pathToFileURL(file).href]) {
      same((await loadModel(address)).model, original);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
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
