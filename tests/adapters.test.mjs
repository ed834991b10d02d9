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
import { model, streamOf } from './helpers/models.mjs';
import { caught, settled } from './helpers/promises.mjs';

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

/** A `fetch` by what a server has at its addresses, with a list of what was asked of it. */
function serving(files) {
  const asked = [];
  const fetch = async (input, init = {}) => {
    const url = String(input.url ?? input);
    asked.push({ url, ...init });
    const found = files[url];
    return found === undefined ? new Response('none', { status: 404 }) : found(init);
  };
  return { asked, fetch };
}

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

/** A server of one archive that answers late and slowly, and says what became of its downloads. */
function slowServer() {
  const state = { asked: 0, cancelled: 0, aborted: 0, given: 0 };
  const fetch = async (address, { signal }) => {
    if (!String(address).endsWith('.tpress')) return new Response(null, { status: 404 });
    state.asked += 1;
    signal?.addEventListener('abort', () => {
      state.aborted += 1;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    signal?.throwIfAborted();
    let at = 0;
    const pull = (out) => {
      out.enqueue(archive.slice(at, at + 20_000));
      at += 20_000;
      state.given = Math.max(state.given, at);
      if (at >= archive.length) out.close();
    };
    const cancel = () => {
      state.cancelled += 1;
    };
    return new Response(new ReadableStream({ pull, cancel }));
  };
  return { state, fetch };
}

test('requests for one archive at the same time share its download', async () => {
  const { state, fetch: below } = slowServer();
  const fetch = createFetch({ fetch: below, workers: 0 });
  const ask = (init) => fetch('http://x/model.onnx', init);
  const [one, two, part, head, unread] = await Promise.all([
    ask(),
    ask({ headers: {} }),
    ask({ headers: { range: 'bytes=-9' } }),
    ask({ method: 'HEAD' }),
    ask(),
  ]);
  assert.is(state.asked, 1);
  same(await bytesOf(one), original);
  same(await bytesOf(two), original);
  same(await bytesOf(part), original.subarray(-9));
  assert.is(head.headers.get('content-length'), String(original.length));
  // Taken late, by nobody else any more.
  same(await bytesOf(unread), original);
  same(await bytesOf(await ask()), original);
  assert.is(state.asked, 2);
  // Other headers and credentials may bring another answer, and so may members that only the runtime knows.
  const others = [{ headers: { authorization: 'a' } }, { credentials: 'omit' }, { dispatcher: {} }, { dispatcher: {} }];
  await Promise.all([{}, ...others].map(async (init) => same(await bytesOf(await ask(init)), original)));
  assert.is(state.asked, 7);
  assert.equal([state.cancelled, state.aborted], [0, 0]);
});

test('an abort of one request is none of the others that share its download', async () => {
  for (const late of [false, true]) {
    for (const which of [0, 1]) {
      const { state, fetch: below } = slowServer();
      const fetch = createFetch({ fetch: below, workers: 0 });
      const controllers = [new AbortController(), new AbortController()];
      const answers = controllers.map(({ signal }) => fetch('http://x/model.onnx', { signal }));
      const stop = () => controllers[which].abort();
      if (late) Promise.all(answers).then(stop);
      else setTimeout(stop, 10);
      const [aborted, other] = [answers[which], answers[1 - which]];
      const [error, bytes] = await Promise.all([caught(aborted.then(bytesOf)), other.then(bytesOf)]);
      assert.is(error.name, 'AbortError');
      same(bytes, original);
      assert.equal(state, { asked: 1, cancelled: 0, aborted: 0, given: state.given });
    }
  }
});

test('a shared download that nobody wants any more ends', async () => {
  for (const late of [false, true]) {
    const { state, fetch: below } = slowServer();
    const fetch = createFetch({ fetch: below, workers: 0 });
    const controller = new AbortController();
    const answers = [0, 1, 2].map(() => fetch('http://x/model.onnx', { signal: controller.signal }));
    if (late) await Promise.all(answers);
    controller.abort();
    for (const answer of answers) assert.is((await caught(answer.then(bytesOf))).name, 'AbortError');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal([state.asked, late ? state.cancelled : state.aborted], [1, 1]);
    assert.ok(state.given < archive.length / 2, `${state.given} of ${archive.length} bytes`);
    // And the next one is none that was aborted.
    same(await bytesOf(await fetch('http://x/model.onnx')), original);
  }
});

test('what requests share is kept once', async () => {
  const { state, fetch: below } = slowServer();
  const store = new Map();
  let puts = 0;
  const cache = {
    match: async (key) => store.get(key)?.clone(),
    put: async (key, response) => {
      puts += 1;
      store.set(key, new Response(await response.arrayBuffer()));
    },
  };
  const fetch = createFetch({ fetch: below, cache, workers: 0 });
  const ask = (init) => fetch('http://x/model.onnx', init).then(bytesOf);
  const [one, two, part] = await Promise.all([ask(), ask(), ask({ headers: { range: 'bytes=0-9' } })]);
  same(one, original);
  same(two, original);
  same(part, original.subarray(0, 10));
  await new Promise((resolve) => setTimeout(resolve, 20));
  same(await ask(), original);
  assert.equal([state.asked, puts], [2, 1]);
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

test('what a cache holds is whole, or brought again', async () => {
  const store = new Map();
  const cache = {
    match: async (key) => store.get(key)?.clone(),
    put: async (key, response) => store.set(key, new Response(await response.arrayBuffer())),
    delete: async (key) => store.delete(key),
  };
  let [served, count] = [archive, 0];
  const below = async () => {
    count += 1;
    return new Response(served);
  };
  const load = (own = cache) =>
    createFetch({ fetch: below, cache: own, workers: 0 })('http://x/model.onnx').then(bytesOf);
  for (const bytes of [archive.subarray(0, archive.length - 5000), new TextEncoder().encode('no archive at all')]) {
    served = bytes;
    assert.is((await caught(load())).name, 'TensorpressError');
    served = archive;
    await new Promise((resolve) => setTimeout(resolve, 20));
    same(await load(), original);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = count;
    same(await load(), original);
    assert.is(count, before);
    const wrong = createFetch({ fetch: below, cache, workers: -1 });
    assert.is((await caught(wrong('http://x/model.onnx'))).code, 'invalid-option');
    assert.equal([count, store.size], [before, 1]);
    store.clear();
  }
  // What was kept by an earlier version, without a way to delete it.
  store.set('http://x/model.onnx.tpress', new Response('nonsense, in more than eight bytes'));
  same(await load({ match: cache.match, put: cache.put }), original);
  const full = async () => {
    throw new Error('the quota is exceeded');
  };
  same(await settled(load({ match: full, put: full })), original);
});

test('a cache may be one that is still being opened, and is not asked for what must be fresh', async () => {
  const store = new Map();
  const cache = {
    match: async (key) => store.get(key)?.clone(),
    put: async (key, response) => store.set(key, new Response(await response.arrayBuffer())),
  };
  const { asked, fetch: below } = serving({ 'http://x/model.onnx.tpress': () => new Response(archive) });
  const opening = new Promise((resolve) => setTimeout(resolve, 20, cache));
  const fetch = createFetch({ fetch: below, cache: opening, workers: 0 });
  const counts = [];
  for (const mode of ['no-store', 'default', undefined, 'force-cache', 'reload', 'no-cache', 'default']) {
    same(await bytesOf(await fetch('http://x/model.onnx', mode ? { cache: mode } : {})), original);
    await new Promise((resolve) => setTimeout(resolve, 20));
    counts.push([asked.length, store.size]);
  }
  assert.equal(
    counts.map(([count]) => count),
    [1, 2, 2, 2, 3, 4, 4],
  );
  assert.is(counts[0][1], 0);
  const closed = Promise.reject(new Error('no caches in this window'));
  same(await bytesOf(await createFetch({ fetch: below, cache: closed, workers: 0 })('http://x/model.onnx')), original);
});

test('a cache is given no more than its reader asks for', async () => {
  let given = 0;
  const below = async () => {
    const counted = new TransformStream({
      transform(chunk, out) {
        given += chunk.length;
        out.enqueue(chunk);
      },
    });
    return new Response(streamOf(archive, 10_000).pipeThrough(counted));
  };
  let kept;
  const cache = {
    match: async () => undefined,
    put: async (_, response) => {
      kept = await bytesOf(response);
    },
  };
  const { body } = await createFetch({ fetch: below, cache, workers: 0 })('http://x/model.onnx');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(given < archive.length / 2, `${given} of ${archive.length} bytes`);
  same(await bytesOf(new Response(body)), original);
  await new Promise((resolve) => setTimeout(resolve, 20));
  same(kept, archive);
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
