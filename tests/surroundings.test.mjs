// Programs whose surroundings are not what a runtime brings: values of other realms, clocks and files that tools replace,
// and machines without memory.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { model } from './helpers/models.mjs';
import { dist, runNode, scratch, script, tensorpress } from './helpers/package.mjs';
import { caught } from './helpers/promises.mjs';

const { compress, decompress, decompressStream } = tensorpress;
const original = model();
const { bytes: archive } = await compress(original);
const same = (a, b) => assert.ok(Buffer.compare(new Uint8Array(a), new Uint8Array(b)) === 0, 'bytes differ');

/** A copy that is an instance of another realm's classes, as what jsdom, frames and contexts of `node:vm` hold. */
const foreign = (bytes) => {
  const copy = runInNewContext('length => new Uint8Array(length)')(bytes.length);
  copy.set(bytes);
  assert.not.ok(copy instanceof Uint8Array);
  return copy;
};

test('bytes of other realms are bytes', async () => {
  for (const input of [
    foreign(original),
    foreign(original).buffer,
    [{ path: 'model.bin', data: foreign(original) }],
    new ReadableStream({ start: (controller) => [controller.enqueue(foreign(original)), controller.close()] }),
  ]) {
    const { bytes } = await compress(input);
    const [file] = await decompress(foreign(bytes));
    same(file.bytes, original);
  }
  for await (const { stream } of decompressStream(foreign(archive)))
    same(await new Response(stream).arrayBuffer(), original);
});

test('results go into memory of other realms', async () => {
  const into = foreign(new Uint8Array(original.length + 10));
  const [first] = await decompress(archive, { output: { into } });
  same(first.bytes, original);
  assert.ok(first.bytes.buffer === into.buffer);
  const [second] = await decompress(archive, { output: { into: ({ size }) => foreign(new Uint8Array(size)) } });
  same(second.bytes, original);
  const room = foreign(new Uint8Array(archive.length));
  same((await compress(original, { output: { into: room } })).bytes, archive);
});

test('what is none of bytes is refused from any realm', async () => {
  for (const other of ['new Float32Array(4)', 'new DataView(new ArrayBuffer(4))', '({ length: 4 })', 'null']) {
    const error = await caught(compress(runInNewContext(other)));
    assert.is(error.code, 'invalid-option', other);
  }
});

test('errors of other realms say what they say', async () => {
  const fail = runInNewContext('() => { throw new Error("the cable was cut") }');
  const input = new ReadableStream({ pull: fail });
  const error = await caught(compress(input));
  assert.equal([error.code, error.message], ['io', 'cannot read the stream: the cable was cut']);
});

test('tools may replace the clock, or leave some of it out', async () => {
  for (const clock of ['delete globalThis.setImmediate', 'globalThis.setImmediate = () => {}']) {
    const { stdout, stderr } = await script(
      `${clock};
       const input = Uint8Array.from({ length: 3 << 20 }, (_, i) => (i * i) >> 7);
       const { bytes } = await tensorpress.compress(input, { workers: 0 });
       const [file] = await tensorpress.decompress(bytes, { workers: 2 });
       console.log(String(Buffer.compare(file.bytes, input)));`,
    );
    assert.is(stdout, '0\n', `${clock}: ${stderr}`);
  }
});

test("files are written by handles that cannot sync, as those of Yarn's Plug'n'Play", async () => {
  const [packed, out] = ['yarn.tpress', 'yarn.out'].map((name) => JSON.stringify(join(scratch, name)));
  const { stdout, stderr } = await script(
    `const { open } = await import('node:fs/promises');
     const handle = await open('.');
     Object.getPrototypeOf(handle).sync = () => { throw new Error('Method not implemented.'); };
     await handle.close();
     const input = new Uint8Array(10 << 20).fill(7);
     await tensorpress.compress(input, { output: { path: ${packed} } });
     const [file] = await tensorpress.decompress(${packed}, { output: { path: ${out} } });
     console.log(String(file.size));`,
  );
  assert.is(stdout, `${10 << 20}\n`, stderr);
});

test('programs that may write no files hold in memory what is else in temporary ones', async () => {
  const flag = ['--permission', '--experimental-permission'].find((name) =>
    process.allowedNodeEnvironmentFlags.has(name),
  );
  const text = `const { compress, decompress } = await import(${JSON.stringify(pathToFileURL(join(dist, 'index.js')).href)});
    const input = new Uint8Array(33 << 20).fill(7);
    const { stream } = await compress(new Blob([input]).stream(), { output: 'stream' });
    const [file] = await decompress(stream);
    console.log(String(file.size));`;
  const run = (...allowed) =>
    runNode([flag, `--allow-fs-read=${dist}/*`, ...allowed, '--input-type=module', '--eval', text]);
  const { stdout, stderr } = await run();
  assert.is(stdout, `${33 << 20}\n`, stderr);
  const temporary = [`--allow-fs-read=${tmpdir()}/*`, `--allow-fs-write=${tmpdir()}/*`, '--allow-worker'];
  const written = await run(...temporary);
  assert.is(written.stdout, `${33 << 20}\n`, written.stderr);
});

test('without WebAssembly all is unsupported', async () => {
  const { stdout, stderr } = await script(
    `delete globalThis.WebAssembly;
     const { code, message } = await tensorpress.compress(new Uint8Array(9)).catch((error) => error);
     console.log(code, message);`,
  );
  assert.is(stdout, 'unsupported this runtime has no WebAssembly\n', stderr);
});

test("Node's own streams are told how they become streams of the web", async () => {
  const error = await caught(compress(Readable.from([original])));
  assert.equal(error.code, 'invalid-option');
  assert.match(error.message, /found Readable, which Readable\.toWeb of node:stream makes a ReadableStream$/);
  const { bytes } = await compress(Readable.toWeb(Readable.from([original])));
  same(bytes, archive);
});

test('where an engine finds no memory that is a limit and no defect', async () => {
  const { stdout, stderr } = await script(
    `WebAssembly.Instance = class {
       constructor() {
         throw new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance');
       }
     };
     const { code, message } = await tensorpress.compress(new Uint8Array(9)).catch((error) => error);
     console.log(code, message);`,
  );
  assert.match(stdout, /^limit there is too little memory: .*Out of memory/, stderr);
});

test.run();
