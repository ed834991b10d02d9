// The pool: crashes, errors across threads, aborts, and processes that end by themselves.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { model, safetensors, weights } from './helpers/models.mjs';
import { scratch, script, tensorpress } from './helpers/package.mjs';
import { caught, settled } from './helpers/promises.mjs';

const { compress, createPool, decompress, decompressStream, Pool, TensorpressError } = tensorpress;
const small = model();
const large = safetensors([{ name: 'w', dtype: 'F32', shape: [6_000_000], bytes: weights(6_000_000, 5) }]);
const { bytes: archive } = await compress(large, { workers: 0 });
const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0, 'bytes differ');

test('a crashed worker is replaced and its jobs are made again', async () => {
  const pool = createPool({ workers: 2 });
  const crash = () => caught(pool.run(1, (worker) => worker('crash', [])));
  const work = Promise.all([compress(large, { pool }), decompress(archive, { pool })]);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const lost = await crash();
  assert.is(lost.code, 'internal');
  assert.match(lost.message, /ended twice/);
  const [packed, files] = await work;
  same(packed.bytes, archive);
  same(files[0].bytes, large);
  assert.ok(pool.running >= 1);
  pool.dispose();
});

test('a job that always crashes its worker fails with internal', async () => {
  const pool = createPool({ workers: 1 });
  let attempts = 0;
  const error = await caught(
    pool.run(1, (worker) => {
      attempts += 1;
      return worker('crash', []);
    }),
  );
  assert.instance(error, TensorpressError);
  assert.is(error.code, 'internal');
  assert.is(attempts, 2);
  same((await decompress(archive, { pool }))[0].bytes, large);
  pool.dispose();
});

test('errors cross from workers with class and code', async () => {
  const broken = archive.slice();
  broken[broken.length - 1000] ^= 1;
  for (const workers of [0, 1, 2]) {
    const error = await caught(decompress(broken, { workers }));
    assert.instance(error, TensorpressError);
    assert.is(error.code, 'corrupt');
    assert.is(error.name, 'TensorpressError');
  }
  const missing = await caught(new Pool(1).run(1, (worker) => worker('digest', [join(scratch, 'none'), 10])));
  assert.instance(missing, TensorpressError);
  assert.is(missing.code, 'io');
  assert.match(missing.message, /ENOENT/);
});

test('a disposed pool refuses, and fails what is under way', async () => {
  const pool = createPool({ workers: 1 });
  const running = caught(compress(large, { pool, onProgress: () => pool.dispose() }));
  assert.is((await running).code, 'aborted');
  assert.is((await caught(compress(large, { pool }))).code, 'aborted');
});

test('a pool starts no worker before it is needed', async () => {
  const pool = createPool({ workers: 2 });
  assert.is(pool.running, 0);
  assert.is(pool.workers, 2);
  await compress(small, { pool });
  assert.ok(pool.running > 0);
  pool.dispose();
});

test('operations on one thread do not disturb each other', async () => {
  // A process of its own: only while the engine's memory is small do they make it grow.
  const { code, stdout, stderr } = await script(
    `const input = (length) => {
       const floats = Float32Array.from({ length }, (_, index) => Math.sin(index * 12.9898) * Math.cos(index * 78.233));
       const map = { w: { dtype: 'F32', shape: [length], data_offsets: [0, 4 * length] } };
       const header = Buffer.from(JSON.stringify(map).padEnd(128));
       const start = Buffer.alloc(8);
       start.writeBigUInt64LE(128n);
       return Buffer.concat([start, header, Buffer.from(floats.buffer)]);
     };
     const inputs = [1e3, 3e4, 1e5, 3e5, 1e6].map(input);
     const options = { workers: 0 };
     const together = await Promise.all(inputs.map((bytes) => tensorpress.compress(bytes, options)));
     const back = await Promise.all(together.map(({ bytes }) => tensorpress.decompress(bytes, options)));
     for (const [index, bytes] of inputs.entries()) {
       const alone = await tensorpress.compress(bytes, options);
       console.log(Buffer.compare(alone.bytes, together[index].bytes), Buffer.compare(bytes, back[index][0].bytes));
     }`,
  );
  assert.is(code, 0, stderr);
  assert.is(stdout, '0 0\n'.repeat(5));
});

test('an abort leaves no files', async () => {
  const folder = join(scratch, 'abort');
  mkdirSync(folder);
  const input = join(scratch, 'large');
  const packed = join(scratch, 'large.tpress');
  writeFileSync(input, large);
  writeFileSync(packed, archive);
  for (const workers of [0, 2]) {
    for (const run of [compress, decompress]) {
      const controller = new AbortController();
      let calls = 0;
      const onProgress = () => {
        calls += 1;
        if (calls === 2) controller.abort(new Error('enough'));
      };
      const options = { workers, signal: controller.signal, onProgress, output: { path: join(folder, 'out') } };
      const error = await caught(run(run === compress ? input : packed, options));
      // Fast machines may be done before the second report.
      if (error === undefined) {
        rmSync(join(folder, 'out'));
        continue;
      }
      assert.is(error.code, 'aborted');
      assert.is(error.cause.message, 'enough');
      assert.equal(readdirSync(folder), []);
    }
    const early = await caught(compress(input, { workers, signal: AbortSignal.abort() }));
    assert.is(early.code, 'aborted');
    const soon = new AbortController();
    setTimeout(() => soon.abort(), 20);
    const late = await caught(
      compress(input, { workers, effort: 'max', signal: soon.signal, output: { path: join(folder, 'out') } }),
    );
    assert.is(late.code, 'aborted');
    assert.equal(readdirSync(folder), []);
  }
});

test('a stream that is aborted or left alone lets go', async () => {
  const controller = new AbortController();
  const endless = new ReadableStream({
    pull: () => new Promise(() => {}),
  });
  setTimeout(() => controller.abort(), 20);
  assert.is((await caught(compress(endless, { signal: controller.signal }))).code, 'aborted');
  // Before anything was asked of the stream.
  const early = new AbortController();
  const never = new ReadableStream({ pull: () => new Promise(() => {}) });
  const soon = caught(compress(never, { signal: early.signal }));
  early.abort();
  assert.is((await settled(soon)).code, 'aborted');
  let cancelled = false;
  let at = 0;
  const input = new ReadableStream({
    pull(out) {
      out.enqueue(archive.slice(at, at + 100_000));
      at += 100_000;
    },
    cancel() {
      cancelled = true;
    },
  });
  for await (const file of decompressStream(input, { workers: 2 })) {
    const reader = file.stream.getReader();
    assert.ok((await reader.read()).value.length > 0);
    assert.ok(at < archive.length, 'decoding is to start before the input ends');
    break;
  }
  assert.ok(cancelled);
  // The other half of a stream that was split is somebody else's: it may never be read.
  const broken = archive.slice();
  broken[archive.length - 1000] ^= 1;
  const [half] = new Blob([broken]).stream().tee();
  assert.is((await settled(caught(decompress(half, { workers: 0 })))).code, 'corrupt');
});

test('a stream that brings nothing any more does not hold up whoever leaves it', async () => {
  for (const workers of [0, 2]) {
    let cancelled = false;
    let at = 0;
    const input = new ReadableStream({
      pull(out) {
        if (at > archive.length / 2) return new Promise(() => {});
        out.enqueue(archive.slice(at, at + 100_000));
        at += 100_000;
      },
      cancel() {
        cancelled = true;
      },
    });
    const files = decompressStream(input, { workers });
    const { value } = await files.next();
    const reader = value.stream.getReader();
    const ended = caught(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(await settled(files.return()), { done: true, value: undefined });
    assert.ok(cancelled);
    assert.instance(await settled(ended), TensorpressError);
  }
});

test('workers that cannot be started fail every job that waits for one', async () => {
  const { code, stdout, stderr } = await script(
    `const pool = tensorpress.createPool({ workers: 1 });
     await pool.run(1, async () => {});
     const work = Array.from({ length: 9 }, () => pool.run(1, (worker) => worker('crash', [])));
     await tensorpress.init({ workerUrl: 'nowhere:worker.js' });
     for (const { reason } of await Promise.allSettled(work)) console.log(reason.code, reason.message);`,
  );
  assert.is(code, 0, stderr);
  assert.is(stdout, 'invalid-option workers: The URL must be of scheme file\n'.repeat(9));
});

test('a process ends by itself after use', async () => {
  for (const workers of [0, 2]) {
    const { code, stdout, stderr } = await script(
      `const input = new Uint8Array(20 << 20).fill(7);
       const { bytes } = await tensorpress.compress(input, { workers: ${workers} });
       const [file] = await tensorpress.decompress(bytes, { workers: ${workers} });
       console.log(file.size);`,
    );
    assert.is(code, 0, stderr);
    assert.is(stdout, `${20 << 20}\n`);
  }
});

test('a process that ends takes its temporary files along', async () => {
  const at = join(scratch, 'ending');
  mkdirSync(at);
  const env = { TMPDIR: at, TEMP: at, TMP: at };
  const unread = await script(
    `const { stream } = await tensorpress.compress(new Uint8Array(9 << 20).fill(7), { output: 'stream' });
     await stream.getReader().read();
     console.log((await import('node:fs')).readdirSync(${JSON.stringify(at)}).length);`,
    { env },
  );
  assert.is(unread.stdout, '1\n', unread.stderr);
  assert.equal(readdirSync(at), []);
  const path = JSON.stringify(join(at, 'out'));
  const ended = await script(
    `const onProgress = () => process.exit(3);
     await tensorpress.compress(new Uint8Array(40 << 20).fill(7), { output: { path: ${path} }, onProgress });`,
    { env },
  );
  assert.is(ended.code, 3);
  assert.equal(readdirSync(at), []);
});

test('a process waits for work that nobody awaits at the top', async () => {
  const { stdout, stderr } = await script(
    `tensorpress.compress(new Uint8Array(20 << 20).fill(7), { workers: 2 }).then(() => console.log('done'));`,
  );
  assert.is(stdout, 'done\n', stderr);
});

test.run();
