// Downloads of archives: requests share them, and caches keep them.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFetch } from '../dist/adapters/fetch.js';
import { archive, bytesOf, original, same, serving } from './helpers/adapters.mjs';
import { streamOf } from './helpers/models.mjs';
import { caught, settled } from './helpers/promises.mjs';

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

test.run();
