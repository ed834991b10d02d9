// Random access, inspect and diff.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { forge, takeApart } from './helpers/forge.mjs';
import { model, random, safetensors, weights } from './helpers/models.mjs';
import { scratch, tensorpress } from './helpers/package.mjs';
import { caught } from './helpers/promises.mjs';

const {
  compress,
  createPool,
  decompress,
  decompressStream,
  diff,
  hash64,
  inspect,
  openArchive,
  TensorpressError,
  view,
} = tensorpress;
const COUNT = 3_000_000;
const large = weights(COUNT, 1);
const original = model(COUNT);
const { bytes: archive } = await compress([{ path: 'm.safetensors', data: original }]);

/** A Blob that counts what is read of it. */
class CountingBlob extends Blob {
  read = 0;
  slice(start, end) {
    this.read += end - start;
    return super.slice(start, end);
  }
}

test('tensors are read by the workers of a pool that is given', async () => {
  for (const options of [{}, { workers: undefined }, { workers: 1 }]) {
    const pool = createPool({ workers: 2 });
    const opened = await openArchive(archive, { pool, ...options });
    assert.ok(Buffer.compare((await opened.tensor('encoder.weight')).bytes, Buffer.from(large.buffer)) === 0);
    await opened.close();
    assert.is(pool.running, options.workers ?? 2);
    assert.ok((await diff(archive, archive, { pool, ...options })).equal);
    pool.dispose();
  }
});

test('an archive in a file may be given by its address', async () => {
  const path = join(scratch, 'ein Modell, 50% kleiner #1?.tpress');
  writeFileSync(path, archive);
  const url = pathToFileURL(path);
  const opened = await openArchive(url);
  assert.is(opened.files()[0].path, 'm.safetensors');
  await opened.close();
  const error = await caught(openArchive(new URL('file:///nowhere/m.tpress')));
  assert.is(error.code, 'io');
  assert.match(error.message, /ENOENT/);
  for (const address of ['file:///a%ff', 'ftp://example.org/m.tpress']) {
    assert.is((await caught(openArchive(new URL(address)))).code, 'invalid-option', address);
  }
});

test('what may be a path may be an address of a file', async () => {
  const folder = join(scratch, 'by address, 50%');
  mkdirSync(folder);
  const at = (name) => pathToFileURL(join(folder, name));
  writeFileSync(at('m'), original);
  const { path } = await compress(at('m'), { output: { path: at('m.tpress') } });
  assert.is(path, join(folder, 'm.tpress'));
  const [{ file }] = await decompress(at('m.tpress'), { output: { path: at('back') } });
  assert.is(file, join(folder, 'back'));
  assert.ok(Buffer.compare(readFileSync(file), original) === 0);
  for await (const { size } of decompressStream(at('m.tpress'))) assert.is(size, original.length);
  assert.ok((await inspect(at('m.tpress'))).compressed);
  assert.ok((await diff(at('m.tpress'), at('m'))).equal);
  assert.is((await compress([{ path: 'x', data: at('m') }])).report.raw, original.length);
  // Its own archive is left out of a folder.
  const own = { path: at('m.tpress') };
  const { report } = await compress(pathToFileURL(folder), { output: own, force: true });
  assert.equal(
    report.files.map((found) => found.path),
    ['back', 'm'],
  );
  await decompress(own.path, { output: { path: new URL(`${at('new')}/`) } });
  assert.equal(readdirSync(join(folder, 'new')).sort(), ['back', 'm']);
  for (const address of ['file:///a%ff', 'data:,a', 'https://example.org/m']) {
    for (const read of [compress, decompress, inspect]) {
      assert.is((await caught(read(new URL(address)))).code, 'invalid-option', address);
    }
    const error = await caught(compress(original, { output: { path: new URL(address) } }));
    assert.is(error.code, 'invalid-option', address);
    assert.match(error.message, /^options\.output\.path: /);
  }
});

test('an address is no path', async () => {
  for (const read of [compress, decompress, inspect]) {
    const error = await caught(read('https://example.org/m.tpress'));
    assert.is(error.code, 'invalid-option');
    assert.match(error.message, /found the address https:\/\/example\.org\/m\.tpress: .*fetch/);
  }
});

test('tensors come with their types', async () => {
  const opened = await openArchive(archive);
  assert.equal(
    opened.list().map(({ name, dtype }) => [name, dtype]),
    [
      ['encoder.weight', 'f32'],
      ['decoder.weight', 'bf16'],
      ['tied.weight', 'f32'],
      ['zero', 'f32'],
      ['ids', 'i64'],
      ['bias', 'f32'],
    ],
  );
  const encoder = await opened.tensor('encoder.weight');
  assert.equal(encoder.shape, [COUNT]);
  assert.ok(Buffer.compare(Buffer.from(encoder.data.buffer), Buffer.from(large.buffer)) === 0);
  assert.equal((await opened.tensor('tied.weight')).data, large);
  assert.equal((await opened.tensor('ids')).data, BigInt64Array.from([1n, -2n, 3n, 2n ** 62n]));
  assert.equal((await opened.tensor('bias', { file: 'm.safetensors' })).data, Float32Array.from([0.5, -1, 2]));
  const brain = await opened.tensor('decoder.weight');
  assert.instance(brain.data, Uint16Array);
  const floats = brain.toFloats();
  assert.is(new Uint32Array(floats.buffer)[17], brain.data[17] << 16);
  assert.match((await caught(opened.tensor('nope'))).message, /no tensor "nope"; it has "encoder\.weight"/);
  const elsewhere = await caught(opened.tensor('bias', { file: 'other.safetensors' }));
  assert.is(elsewhere.message, 'other.safetensors has no tensor "bias"; it has none');
  const ids = await opened.tensor('ids');
  assert.throws(() => ids.toFloats(), /no plain floats/);
  await opened.close();
  assert.is((await caught(opened.tensor('bias'))).code, 'invalid-option');
});

test('tensors may be asked for all at once', async () => {
  for (const workers of [0, 2]) {
    const opened = await openArchive(archive, { workers });
    const names = opened.list().map(({ name }) => name);
    const alone = [];
    for (const name of names) alone.push((await opened.tensor(name)).bytes);
    const together = await Promise.all(names.map((name) => opened.tensor(name)));
    for (const [index, { bytes }] of together.entries()) {
      assert.ok(Buffer.compare(bytes, alone[index]) === 0, `${names[index]} with ${workers} workers`);
    }
    await opened.close();
  }
});

test('an archive that is closed gives nothing any more, not even what was asked for before', async () => {
  const opened = await openArchive(new Blob([archive]));
  const late = caught(opened.tensor('encoder.weight'));
  await opened.close();
  assert.is((await late).code, 'invalid-option');
});

test('archives that are closed while they are read leave no memory behind', async () => {
  const rounds = async (count) => {
    for (let round = 0; round < count; round += 1) {
      const opened = await openArchive(new Blob([archive]));
      const late = caught(opened.tensor('zero'));
      await opened.close();
      assert.is((await late).code, 'invalid-option');
    }
    return view(0, 0).buffer.byteLength;
  };
  const before = await rounds(3);
  const after = await rounds(30);
  assert.ok(after - before < 1 << 20, `${after - before} bytes`);
});

test('only the ranges that are needed are read', async () => {
  const blob = new CountingBlob([archive]);
  const opened = await openArchive(blob);
  const head = blob.read;
  assert.ok(head <= 65_536, `${head} bytes of head`);
  const { stored } = opened.list().find(({ name }) => name === 'decoder.weight');
  await opened.tensor('decoder.weight');
  assert.is(blob.read - head, stored);
  await opened.close();
});

test('over HTTP', async () => {
  let [sent, requests, ranges] = [0, 0, true];
  const server = createServer((request, response) => {
    requests += 1;
    const match = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    if (!match || !ranges) return response.writeHead(200).end(archive);
    const part = archive.subarray(Number(match[1]), Number(match[2]) + 1);
    sent += part.length;
    const range = `bytes ${match[1]}-${Number(match[1]) + part.length - 1}/${archive.length}`;
    response.writeHead(206, { 'content-range': range, etag: '"1"' }).end(part);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${server.address().port}/m.tpress`);
  try {
    const opened = await openArchive(url);
    assert.is(requests, 1);
    const { data } = await opened.tensor('decoder.weight');
    assert.is(data.length, 50_001);
    assert.is(requests, 2);
    assert.ok(sent < 64 * 1024 + 110_000, `${sent} bytes of ${archive.length}`);
    await opened.close();
    ranges = false;
    assert.is((await caught(openArchive(String(url)))).code, 'unsupported');
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const refused = await caught(openArchive(url));
  assert.instance(refused, TensorpressError);
  assert.is(refused.code, 'io');
});

test('over HTTP, closing ends what the server does not', async () => {
  let answers = true;
  let ended;
  const gone = new Promise((resolve) => {
    ended = resolve;
  });
  const server = createServer((request, response) => {
    if (!answers) return response.on('close', ended);
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range);
    const part = archive.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${archive.length}`;
    return response.writeHead(206, { 'content-range': range }).end(part);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${server.address().port}/m.tpress`);
  let timer;
  const soon = new Promise((_, reject) => {
    timer = setTimeout(reject, 5000, new Error('it does not end'));
  });
  try {
    const opened = await openArchive(url);
    answers = false;
    const late = caught(opened.tensor('encoder.weight'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await opened.close();
    assert.is((await Promise.race([late, soon])).code, 'invalid-option');
    await Promise.race([gone, soon]);
    const controller = new AbortController();
    const early = caught(openArchive(url, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    assert.is((await Promise.race([early, soon])).code, 'aborted');
  } finally {
    clearTimeout(timer);
    server.closeAllConnections();
    server.close();
  }
  const error = await caught(openArchive('http://:x/'));
  assert.is(error.code, 'invalid-option', error.message);
});

test('inspect says the same of a model and its archive, without reading weights', async () => {
  const blob = new CountingBlob([original]);
  const plain = await inspect([{ path: 'm.safetensors', data: blob }]);
  const packed = await inspect(archive);
  assert.not(plain.compressed);
  assert.ok(packed.compressed);
  assert.is(packed.raw, plain.raw);
  assert.equal(
    plain.tensors,
    packed.tensors.map(({ stored: _, ...tensor }) => tensor),
  );
  assert.is(plain.files[0].format, 'safetensors');
  assert.match(packed.files[0].digest, /^[0-9a-f]{32}$/);
});

test('a tensor that no memory holds is beyond a limit, and no defect', async () => {
  const zeros = safetensors([{ name: 'zero', dtype: 'F32', shape: [1 << 18], bytes: new Float32Array(1 << 18) }]);
  const parts = takeApart((await compress(zeros)).bytes);
  const plan = JSON.parse(parts.plan.toString());
  const [length, block] = [2 ** 40, 2 ** 24];
  plan.files[0].len += length - plan.streams[1].len;
  plan.files[0].pieces = [
    [0, plan.streams[0].len],
    [1, 0, length],
  ];
  plan.tensors[0].shape = [length / 4];
  Object.assign(plan.streams[1], { len: length, block });
  // The file's digest, hash and block of the skeleton, hash of the zeros, and their block as often as it takes.
  const zero = parts.tables.subarray(44, 56);
  const blocks = Array.from({ length: length / block }, () => zero);
  const tables = Buffer.concat([parts.tables.subarray(0, 44), ...blocks]);
  const encoded = 64 * Math.ceil((blocks.length * zero.readUInt32LE(0)) / 64);
  const { head, length: size } = forge(hash64, {
    plan: JSON.stringify(plan),
    tables,
    entries: [parts.entries[0], ['zero', encoded]],
  });
  const opened = await openArchive(Buffer.concat([head, Buffer.alloc(size - head.length)]));
  const error = await caught(opened.tensor('zero'));
  assert.is(error.code, 'limit', error.message);
  await opened.close();
});

const deflatedArrays = readFileSync('crates/formats/tests/fixtures/compressed.npz');

test('deflated arrays are inflated', async () => {
  const opened = await openArchive((await compress([{ path: 'a.npz', data: deflatedArrays }])).bytes);
  const listed = opened.list().find(({ name }) => name === 'weights');
  assert.equal([listed.dtype, listed.shape, listed.encoding], ['f32', [50, 40], 'deflate']);
  assert.ok(listed.size < 8000);
  const tensor = await opened.tensor('weights');
  assert.equal([tensor.encoding, tensor.size, tensor.bytes.length], ['plain', 8000, 8000]);
  assert.ok(tensor.data instanceof Float32Array);
  assert.equal(tensor.toFloats(), tensor.data);
  // As NumPy was asked to store them.
  assert.equal(
    tensor.data,
    Float32Array.from({ length: 2000 }, (_, index) => index),
  );
  const words = await opened.tensor('words');
  assert.equal(
    [words.dtype, words.typeName, Buffer.from(words.data).toString('latin1')],
    ['opaque', '<U2', 'a\0\0\0b\0\0\0c\0\0\0\0\0\0\0'],
  );
  // Big-endian numbers stay as they are.
  const big = await opened.tensor('big');
  assert.equal([big.dtype, big.encoding, big.size], ['f32', 'deflate', big.bytes.length]);
  assert.is(big.data, big.bytes);
  assert.throws(() => big.toFloats(), /no plain floats/);
  await opened.close();
});

test('what a deflated array is said to inflate to is not believed', async () => {
  const { bytes } = await compress([{ path: 'a.npz', data: deflatedArrays }]);
  const parts = takeApart(bytes);
  for (const [inflated, code] of [
    [[128, 8001], 'corrupt'],
    [[128, 7999], 'corrupt'],
    [[0, 128 << 20], 'corrupt'],
    [[1, 128 << 20], 'limit'],
    [[2 ** 32, 8128], 'limit'],
    [[0, 2 ** 53 - 1], 'limit'],
  ]) {
    const plan = JSON.parse(parts.plan.toString());
    plan.tensors.find(({ name }) => name === 'weights').inflated = inflated;
    const { head } = forge(hash64, { plan: JSON.stringify(plan), tables: parts.tables, entries: parts.entries });
    const opened = await openArchive(Buffer.concat([head, bytes.subarray(parts.head.length)]));
    assert.is((await caught(opened.tensor('weights'))).code, code, `${inflated}`);
    await opened.close();
  }
});

test('diff finds what changed', async () => {
  const values = weights(1000, 3);
  const noisy = values.map((value, index) => (index === 7 ? value + 0.5 : value));
  const make = (bytes, more = []) => {
    return safetensors([
      { name: 'w', dtype: 'F32', shape: [1000], bytes },
      { name: 'x', dtype: 'F32', shape: [2], bytes: Float32Array.from([1, 2]) },
      ...more,
    ]);
  };
  const before = make(values);
  const after = make(noisy, [{ name: 'new', dtype: 'F32', shape: [1], bytes: Float32Array.from([1]) }]);
  const same = await diff(before, (await compress(before)).bytes);
  assert.ok(same.equal);
  const { equal, counts, tensors } = await diff((await compress(before)).bytes, after);
  assert.not(equal);
  assert.equal(counts, { equal: 1, changed: 1, added: 1, removed: 0 });
  const [change] = tensors;
  assert.is(change.what, 'values');
  assert.ok(Math.abs(change.maxAbsError - 0.5) < 1e-6);
  const power = values.reduce((sum, value) => sum + value * value, 0);
  assert.ok(Math.abs(change.sqnr - 10 * Math.log10(power / 0.25)) < 0.01);
  const back = await diff(after, before);
  assert.equal(back.counts, { equal: 1, changed: 1, added: 0, removed: 1 });
  const reshaped = safetensors([{ name: 'w', dtype: 'F32', shape: [10, 100], bytes: values }]);
  assert.is((await diff(before, reshaped)).tensors[0].what, 'shape');
  const next = random(1);
  assert.ok((await diff(new Uint8Array([1, next() * 255]), new Uint8Array([1]))).equal);
  const error = await caught(diff(before, after, { rename: { 'no such': 'w' } }));
  assert.is(error.code, 'invalid-option');
  assert.match(error.message, /^options\.rename: the first model has no tensor "no such"$/);
});

test('large tensors are compared part by part', async () => {
  const count = 9_000_000;
  const [values, codes] = [weights(count, 3), new Uint8Array(40_000_000).fill(1)];
  const [noisy, otherCodes] = [values.slice(), codes.slice()];
  noisy[count - 1] += 0.5;
  otherCodes[codes.length - 1] = 2;
  const make = (w, c) => {
    return safetensors([
      { name: 'w', dtype: 'F32', shape: [count], bytes: w },
      { name: 'same', dtype: 'F32', shape: [count], bytes: values },
      { name: 'codes', dtype: 'U8', shape: [codes.length], bytes: c },
    ]);
  };
  const dones = [];
  const before = make(values, codes);
  const { bytes } = await compress(make(noisy, otherCodes), { effort: 'fast' });
  const { counts, tensors } = await diff(before, bytes, { onProgress: ({ done, total }) => dones.push([done, total]) });
  assert.equal(counts, { equal: 1, changed: 2, added: 0, removed: 0 });
  const power = values.reduce((sum, value) => sum + value * value, 0);
  const noise = (noisy[count - 1] - values[count - 1]) ** 2;
  assert.ok(Math.abs(tensors[0].sqnr - 10 * Math.log10(power / noise)) < 1e-6);
  assert.is(tensors[0].maxAbsError, Math.sqrt(noise));
  assert.ok(Math.abs(tensors[0].meanAbsError - Math.sqrt(noise) / count) < 1e-12);
  assert.is(tensors[2].sqnr, undefined);
  const total = 2 * 4 * count + codes.length;
  assert.equal(dones.at(-1), [total, total]);
  assert.ok(dones.every(([done], index) => index === 0 || done >= dones[index - 1][0]));
  // Elements of two widths: the parts hold the same elements all the same.
  const half = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  const halved = safetensors([{ name: 'w', dtype: 'BF16', shape: [count], bytes: half }]);
  const [change] = (await diff(halved, before)).tensors;
  assert.is(change.what, 'dtype');
  assert.ok(change.maxAbsError > 0 && change.maxAbsError < 2 ** -11, String(change.maxAbsError));
});

test.run();
