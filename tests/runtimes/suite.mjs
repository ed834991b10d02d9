// The suite that every runtime runs. Nothing here belongs to one of them: what differs comes in.

/**
 * What a runtime brings.
 * @typedef {object} Runtime
 * @property {typeof import('tensorpress')} full the main entry
 * @property {typeof import('tensorpress/decode')} decode the entry that only decodes
 * @property {typeof import('tensorpress')} [inline] the entry that needs no other file, where there is one
 * @property {boolean} workers whether there are workers
 * @property {string} origin address of the test's server
 * @property {Record<string, () => Promise<void>>} [own] tests of the runtime itself
 */

class Failed extends Error {}

export function check(condition, message) {
  if (!condition) throw new Failed(message);
}

const same = (found, expected, what) => check(found === expected, `${what}: expected ${expected}, found ${found}`);

export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function caught(promise) {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Failed('nothing was thrown');
}

/** A file of the fixtures. */
export async function readFixture(origin, name) {
  const response = await fetch(`${origin}/fixtures/${name}`);
  check(response.ok, `HTTP status ${response.status} for ${name}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Asks a recipe, a handler of requests on the server's own origin, for a tensor of the large model. */
export async function tensorByRecipe(origin, handle) {
  const { tensor } = JSON.parse(new TextDecoder().decode(await readFixture(origin, 'fixtures.json')));
  const answer = await handle(new Request(`${origin}/?tensor=b`));
  same(await sha256(await answer.arrayBuffer()), tensor, 'tensor');
}

export async function collect(stream) {
  const parts = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value.slice());
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** All that is expected of any runtime, by name. */
function tests({ full, decode, inline, workers, origin }, fixtures) {
  const { golden, models } = fixtures;
  const read = (name) => readFixture(origin, name);
  const large = models.find(({ name }) => name === 'large.safetensors');
  const counts = workers ? [0, 2] : [0];

  const goldenBy = (api) => async () => {
    for (const [archive, files] of Object.entries(golden)) {
      const found = await api.decompress(await read(`golden/${archive}`), { verify: true });
      same(found.length, Object.keys(files).length, `files of ${archive}`);
      for (const { path, bytes } of found) same(await sha256(bytes), files[path], `${archive}: ${path}`);
    }
  };

  const all = {
    'golden files decode': goldenBy(full),
    'golden files decode by the entry that only decodes': goldenBy(decode),

    'compression gives the bytes that Node gives': async () => {
      for (const { name, archives } of models) {
        const input = await read(name);
        for (const [effort, digest] of Object.entries(archives)) {
          for (const count of counts) {
            const { bytes } = await full.compress([{ path: name, data: input }], { effort, workers: count });
            same(await sha256(bytes), digest, `${name}, ${effort}, ${count} workers`);
          }
        }
      }
    },

    'a large archive decodes, also in workers': async () => {
      const archive = await read('large.tpress');
      for (const api of [full, decode]) {
        for (const count of counts) {
          const [file] = await api.decompress(archive, { workers: count });
          same(await sha256(file.bytes), large.sha256, `${count} workers`);
        }
      }
    },

    'Blobs go in and come out': async () => {
      const input = new Blob([await read(large.name)]);
      const packed = await full.compress([{ path: large.name, data: input }], { output: 'blob' });
      check(packed.blob instanceof Blob, 'the archive is a Blob');
      same(await sha256(await packed.blob.arrayBuffer()), large.archives.default, 'archive');
      const [file] = await full.decompress(packed.blob, { output: 'blob', verify: true });
      same(await sha256(await file.blob.arrayBuffer()), large.sha256, 'file');
    },

    'streams go in and come out': async () => {
      const data = new Blob([await read(large.name)]).stream();
      const { stream } = await full.compress([{ path: large.name, data }], { output: 'stream' });
      const files = [];
      for await (const file of decode.decompressStream(stream)) {
        same(file.files, 1, 'files that are told of');
        files.push([file.path, await collect(file.stream)]);
      }
      same(files.length, 1, 'files');
      same(files[0][0], large.name, 'path');
      same(await sha256(files[0][1]), large.sha256, 'file');
    },

    'a download decodes while it arrives, with progress': async () => {
      const { body } = await fetch(`${origin}/slow/large.tpress`);
      let received = 0;
      const counted = body.pipeThrough(
        new TransformStream({
          transform(chunk, controller) {
            received += chunk.length;
            controller.enqueue(chunk);
          },
        }),
      );
      let receivedAtFirst;
      const told = [];
      const parts = [];
      for await (const { stream } of decode.decompressStream(counted, {
        onProgress: (progress) => told.push(progress),
      })) {
        const reader = stream.getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          receivedAtFirst ??= received;
          parts.push(value.slice());
        }
      }
      same(await sha256(await new Blob(parts).arrayBuffer()), large.sha256, 'file');
      check(receivedAtFirst < received / 2, `the first bytes came out after ${receivedAtFirst} of ${received} bytes`);
      check(told.length > 2, `${told.length} reports`);
      for (let index = 1; index < told.length; index += 1) {
        check(told[index].done >= told[index - 1].done, 'progress goes back');
      }
      const last = told.at(-1);
      same(last.done, large.size, 'bytes done at the end');
      same(last.total, large.size, 'bytes in all');
    },

    'single tensors are read over HTTP': async () => {
      const archive = await decode.openArchive(new URL(`${origin}/fixtures/large.tpress`));
      const tensor = await archive.tensor('b');
      same(tensor.shape.join(), '50', 'shape');
      same(await sha256(tensor.bytes), fixtures.tensor, 'tensor');
      await archive.close();
    },

    'operations on one thread do not disturb each other': async () => {
      const archive = await read('large.tpress');
      for (const api of [full, decode]) {
        const work = Array.from({ length: 3 }, () => api.decompress(archive, { workers: 0 }));
        for (const [file] of await Promise.all(work)) same(await sha256(file.bytes), large.sha256, 'file');
        const opened = await api.openArchive(archive);
        const tensors = await Promise.all(['b', 'a', 'b'].map((name) => opened.tensor(name)));
        for (const { bytes } of [tensors[0], tensors[2]]) same(await sha256(bytes), fixtures.tensor, 'tensor');
        await opened.close();
      }
    },

    'errors keep their class and code': async () => {
      const broken = await read('large.tpress');
      broken[broken.length - 1000] ^= 1;
      for (const api of [full, decode]) {
        for (const count of counts) {
          const error = await caught(api.decompress(broken, { workers: count }));
          check(error instanceof api.TensorpressError, `${error} is a TensorpressError`);
          same(error.code, 'corrupt', `code with ${count} workers`);
          // The decoding half says what is corrupt, but not how.
          check(error.message.includes(api === full ? 'checksum' : 'block'), error.message);
        }
        const cut = await caught(api.decompress(broken.subarray(0, 10_000)));
        same(cut.code, 'truncated', cut.message);
        same((await caught(api.decompress(broken, { nonsense: 1 }))).code, 'invalid-option', 'code');
        same((await caught(api.init({ wasm: new Uint8Array(8) }))).code, 'invalid-option', 'code');
      }
    },

    'an abort stops the work': async () => {
      for (const count of counts) {
        const controller = new AbortController();
        const onProgress = () => controller.abort(new Error('enough'));
        const options = { workers: count, signal: controller.signal, onProgress };
        const error = await caught(full.compress(await read(large.name), options));
        same(error.code, 'aborted', error.message);
        same(error.cause.message, 'enough', 'cause');
        const early = { signal: AbortSignal.abort() };
        same((await caught(decode.decompress(await read('large.tpress'), early))).code, 'aborted', 'code');
      }
    },

    'inspect and diff': async () => {
      const input = await read(large.name);
      const archive = await read('large.tpress');
      const inside = await full.inspect(archive);
      same(inside.tensors.map(({ name }) => name).join(), 'a,b', 'tensors');
      check((await full.diff(input, archive)).equal, 'they are equal');
    },
  };

  if (inline !== undefined) {
    all['golden files decode by the entry in one file'] = goldenBy(inline);
    all['the entry in one file has workers'] = async () => {
      const pool = inline.createPool({ workers: 2 });
      const [file] = await inline.decompress(await read('large.tpress'), { pool });
      same(await sha256(file.bytes), large.sha256, 'file');
      same(pool.running, 2, 'workers');
      pool.dispose();
    };
  }

  if (workers) {
    all['a worker that dies is replaced'] = async () => {
      for (const api of [full, decode]) {
        const pool = api.createPool({ workers: 2 });
        const archive = await read('large.tpress');
        // Once only: of the jobs beside it some are lost with the worker, but none twice.
        let attempts = 0;
        const once = (worker) => {
          attempts += 1;
          return attempts === 1 ? worker('crash', []) : Promise.resolve();
        };
        const work = [api.decompress(archive, { pool }), api.decompress(archive, { pool })];
        const [first, second] = await Promise.all([...work, pool.run(1, once)]);
        for (const [file] of [first, second]) same(await sha256(file.bytes), large.sha256, 'file');
        same(attempts, 2, 'attempts');
        const lost = await caught(pool.run(1, (worker) => worker('crash', [])));
        check(lost instanceof api.TensorpressError, `${lost} is a TensorpressError`);
        same(lost.code, 'internal', lost.message);
        const [again] = await api.decompress(archive, { pool });
        same(await sha256(again.bytes), large.sha256, 'file');
        pool.dispose();
        same((await caught(api.decompress(archive, { pool }))).code, 'aborted', 'code of a disposed pool');
      }
    };
    all['dispose ends the shared workers, and new ones start'] = async () => {
      for (let round = 0; round < 2; round += 1) {
        const [file] = await full.decompress(await read('large.tpress'), { workers: 2 });
        same(file.size, large.size, 'size');
        full.dispose();
      }
    };
  } else {
    all['without workers a pool is no use, and says so'] = async () => {
      const [file] = await full.decompress(await read('large.tpress'), { workers: 2 });
      same(file.size, large.size, 'size');
    };
  }
  return all;
}

/** What hangs is to be named. */
function within(seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failed(`not done after ${seconds} seconds`)), 1000 * seconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Longest that one test may take. */
const SECONDS = 30;

/**
 * Runs everything and tells what came of it; never throws.
 * @param {Runtime} runtime
 * @returns {Promise<{ name: string, error?: string }[]>}
 */
export async function runSuite(runtime) {
  const outcomes = [];
  try {
    const fixtures = JSON.parse(new TextDecoder().decode(await readFixture(runtime.origin, 'fixtures.json')));
    const all = { ...tests(runtime, fixtures), ...runtime.own };
    for (const [name, test] of Object.entries(all)) {
      try {
        await within(SECONDS, test());
        outcomes.push({ name });
      } catch (thrown) {
        outcomes.push({ name, error: thrown instanceof Failed ? thrown.message : `${thrown?.stack ?? thrown}` });
      }
    }
  } catch (thrown) {
    outcomes.push({ name: 'the suite starts', error: `${thrown?.stack ?? thrown}` });
  }
  return outcomes;
}
