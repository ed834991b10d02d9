// Every kind of input and output gives the same bytes back, however many workers there are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fails, fresh } from './helpers/files.mjs';
import { collect, model, random, safetensors, streamOf, weights } from './helpers/models.mjs';
import { dist, scratch, script, tensorpress } from './helpers/package.mjs';

const { compress, decompress, decompressStream } = tensorpress;
const original = model();
const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0, `${a.length} bytes, expected these ${b.length}`);

const path = fresh('model.safetensors');
writeFileSync(path, original);
const named = { path: 'model.safetensors' };
const inputs = {
  Uint8Array: () => [{ ...named, data: original }],
  Buffer: () => [{ ...named, data: Buffer.from(original) }],
  ArrayBuffer: () => [{ ...named, data: original.slice().buffer }],
  Blob: () => [{ ...named, data: new Blob([original]) }],
  File: () => new File([original], 'model.safetensors'),
  stream: () => [{ ...named, data: streamOf(original) }],
  path: () => path,
  'named path': () => [{ ...named, data: path }],
};
const { bytes: expected, report } = await compress(inputs.Uint8Array(), { workers: 0 });

test('the report tells what was found', () => {
  assert.is(report.raw, original.length);
  assert.is(report.encoded, expected.length);
  assert.is(report.files[0].format, 'safetensors');
  assert.ok(report.ratio > 2, `ratio ${report.ratio}: the tied tensor is to be stored once`);
});

for (const workers of [0, 1, 2]) {
  for (const [kind, make] of Object.entries(inputs)) {
    test(`${kind} with ${workers} workers`, async () => {
      const { bytes } = await compress(make(), { workers });
      same(bytes, expected);
      const archive = kind === 'path' ? fresh('archive') : undefined;
      if (archive) writeFileSync(archive, bytes);
      const packed = {
        Uint8Array: bytes,
        Buffer: Buffer.from(bytes),
        ArrayBuffer: bytes.slice().buffer,
        Blob: new Blob([bytes]),
        File: new File([bytes], 'x'),
        stream: streamOf(bytes),
        path: archive,
        'named path': bytes,
      }[kind];
      const files = await decompress(packed, { workers, verify: true });
      assert.equal(
        files.map(({ path, size }) => ({ path, size })),
        [{ ...named, size: original.length }],
      );
      same(files[0].bytes, original);
      assert.is(files[0].bytes.byteLength, files[0].bytes.buffer.byteLength);
    });
  }

  test(`every output with ${workers} workers`, async () => {
    same(new Uint8Array(await (await compress(path, { workers, output: 'blob' })).blob.arrayBuffer()), expected);
    same(await collect((await compress(path, { workers, output: 'stream', verify: true })).stream), expected);
    const archive = fresh('model.tpress');
    const result = await compress(path, { workers, output: { path: archive }, verify: true });
    assert.is(result.path, archive);
    same(readFileSync(archive), expected);
    const [blob] = await decompress(archive, { workers, output: 'blob', verify: true });
    same(new Uint8Array(await blob.blob.arrayBuffer()), original);
    const back = fresh('back');
    const [file] = await decompress(archive, { workers, output: { path: back }, verify: true });
    assert.is(file.file, back);
    same(readFileSync(back), original);
    const streamed = fresh('streamed');
    await decompress(streamOf(expected), { workers, output: { path: streamed }, verify: true });
    same(readFileSync(streamed), original);
    assert.equal(readdirSync(join(back, '..')), ['back']);
    assert.equal(readdirSync(join(archive, '..')), ['model.tpress']);
  });
}

test('both WebAssembly builds write the same bytes', async () => {
  const text = `const { bytes } = await tensorpress.compress(${JSON.stringify(path)}, { workers: 1 });
    const local = await tensorpress.compress(${JSON.stringify(path)}, { workers: 0 });
    if (Buffer.compare(bytes, local.bytes)) throw new Error('worker and main thread differ');
    process.stdout.write(Buffer.from(bytes).toString('base64'))`;
  const [simd, base] = await Promise.all(
    ['simd', 'base'].map((build) => script(text, { env: { TENSORPRESS_WASM: build } })),
  );
  assert.is(simd.code, 0, simd.stderr);
  assert.is(base.code, 0, base.stderr);
  same(Buffer.from(simd.stdout, 'base64'), expected);
  same(Buffer.from(base.stdout, 'base64'), expected);
});

test('empty and tiny inputs', async () => {
  for (const length of [0, 1, 63, 64, 65]) {
    const bytes = original.slice(0, length);
    const archive = (await compress(bytes)).bytes;
    same((await decompress(archive, { verify: true }))[0].bytes, bytes);
    const [file] = await lengthsOf(decompressStream(streamOf(archive), { verify: true }));
    assert.is(file, length);
  }
});

test('an archive is gathered in one array of its length, even if its end shrinks less than its beginning', async () => {
  const next = random(6);
  const noise = Uint8Array.from({ length: 16_000_000 }, () => next() * 256);
  const input = safetensors([
    { name: 'weights', dtype: 'F32', shape: [4_000_000], bytes: weights(4_000_000, 5) },
    { name: 'noise', dtype: 'U8', shape: [noise.length], bytes: noise },
  ]);
  const { allocUnsafeSlow } = Buffer;
  const lengths = [];
  Buffer.allocUnsafeSlow = (length) => {
    lengths.push(length);
    return allocUnsafeSlow(length);
  };
  try {
    const { bytes } = await compress(input, { workers: 0 });
    assert.is(lengths.filter((length) => length >= bytes.length).length, 1, lengths.join(', '));
    same((await decompress(bytes, { verify: true }))[0].bytes, input);
  } finally {
    Buffer.allocUnsafeSlow = allocUnsafeSlow;
  }
});

async function lengthsOf(files) {
  const lengths = [];
  for await (const file of files) lengths.push((await collect(file.stream)).length);
  return lengths;
}

test('existing files are not replaced without force', async () => {
  const target = fresh('there');
  writeFileSync(target, 'mine');
  await fails(compress(path, { output: { path: target } }), 'io', /force/);
  await fails(decompress(expected, { output: { path: target } }), 'io', /force/);
  assert.is(readFileSync(target, 'utf8'), 'mine');
  await compress(path, { output: { path: target }, force: true });
  same(readFileSync(target), expected);
});

test('options are checked, with the path of the field', async () => {
  const wrong = [
    [{ efort: 'max' }, /options\.efort: no such option/],
    [{ effort: 'ultra' }, /options\.effort/],
    [{ workers: -1 }, /options\.workers/],
    [{ workers: 257 }, /options\.workers/],
    [{ workers: 1.5 }, /options\.workers/],
    [{ output: { path: 'x', mode: 1 } }, /options\.output\.mode/],
    [{ output: {} }, /options\.output\.path/],
    [{ output: 'file' }, /options\.output/],
    [{ signal: {} }, /options\.signal/],
    [{ force: 1 }, /options\.force/],
    [{ onProgress: 1 }, /options\.onProgress/],
  ];
  for (const [options, pattern] of wrong) await fails(compress(original, options), 'invalid-option', pattern);
  await fails(compress(17), 'invalid-option', /input/);
  await fails(compress([{ path: 'a', data: 3 }]), 'invalid-option', /input\[0\]\.data/);
  await fails(compress([{ path: 'a', dta: 3 }]), 'invalid-option', /input\[0\]\.dta/);
  await fails(compress([{ path: '../a', data: original }]), 'invalid-option', /\.\./);
  await fails(compress(join(scratch, 'missing')), 'io', /ENOENT/);
  await fails(compress(streamOf('text')), 'invalid-option', /Uint8Array/);
});

test('progress rises to the total', async () => {
  for (const workers of [0, 1]) {
    const seen = [];
    await compress(original, { workers, onProgress: (progress) => seen.push(progress) });
    assert.ok(seen.every(({ done, total }, i) => total === original.length && done >= (seen[i - 1]?.done ?? 0)));
    assert.is(seen.at(-1).done, original.length);
  }
});

test('results go into arrays of the caller', async () => {
  for (const workers of [0, 2]) {
    const room = new Uint8Array(original.length + 5000).fill(0xa5);
    const { bytes } = await compress(inputs.Uint8Array(), { workers, output: { into: room } });
    same(bytes, expected);
    assert.is(bytes.buffer, room.buffer);
    const back = new Uint8Array(original.length + 9).fill(0xa5);
    const [file] = await decompress(expected, { workers, verify: true, output: { into: back } });
    same(file.bytes, original);
    assert.is(file.bytes.buffer, back.buffer);
    assert.equal(back.subarray(original.length), new Uint8Array(9).fill(0xa5));
  }
  const several = await compress(
    [
      { path: 'a', data: original },
      { path: 'b', data: new Uint8Array(100) },
    ],
    { workers: 0 },
  );
  const asked = [];
  const into = ({ path, size }) => {
    asked.push(`${path} ${size}`);
    return new Uint8Array(size);
  };
  const files = await decompress(several.bytes, { workers: 0, output: { into } });
  same(files[0].bytes, original);
  same(files[1].bytes, new Uint8Array(100));
  assert.equal(asked, [`a ${original.length}`, 'b 100']);
});

test('arrays that do not suit are refused', async () => {
  const short = new Uint8Array(original.length - 1);
  const many = await compress(
    [
      { path: 'a', data: original },
      { path: 'b', data: new Uint8Array(9) },
    ],
    { workers: 0 },
  );
  await fails(decompress(expected, { workers: 0, output: { into: short } }), 'invalid-option', /at least/);
  await fails(decompress(many.bytes, { workers: 0, output: { into: short } }), 'invalid-option', /function/);
  await fails(decompress(expected, { workers: 0, output: { into: () => 7 } }), 'invalid-option', /found 7/);
  await fails(decompress(expected, { workers: 0, output: { into: 'x' } }), 'invalid-option', /Uint8Array/);
  await fails(
    decompress(expected, { workers: 0, output: { into: short, path: 'x' } }),
    'invalid-option',
    /or \{ into \}/,
  );
  await fails(compress(original, { workers: 0, output: { into: new Uint8Array(300) } }), 'invalid-option', /needs/);
});

test('an archive is not written over what it is made of', async () => {
  const memory = new Uint8Array(2 * original.length + 20_000);
  memory.set(original, 10_000);
  const input = [{ ...named, data: memory.subarray(10_000, 10_000 + original.length) }];
  const at = (start, end) => compress(input, { workers: 0, output: { into: memory.subarray(start, end) } });
  await fails(at(0), 'invalid-option', /into: it holds bytes of the input/);
  await fails(at(0, 10_001), 'invalid-option', /holds bytes/);
  await fails(at(9_999 + original.length), 'invalid-option', /holds bytes/);
  same((await at(10_000 + original.length)).bytes, expected);
});

test('what the caller got wrong is no defect of ours', async () => {
  const locked = streamOf(expected);
  locked.getReader();
  await fails(compress(locked), 'invalid-option', /^input: .*locked/);
  await fails(decompress(locked), 'invalid-option', /^input: .*locked/);
  const gone = original.slice();
  structuredClone(gone, { transfer: [gone.buffer] });
  await fails(compress(gone), 'invalid-option', /^input: .*detached/);
  const fail = () => {
    throw new Error('of my own');
  };
  await fails(compress(original, { onProgress: fail }), 'invalid-option', /^options\.onProgress: of my own/);
  await fails(decompress(expected, { onProgress: fail }), 'invalid-option', /^options\.onProgress: of my own/);
  await fails(decompress(expected, { output: { into: fail } }), 'invalid-option', /^options\.output\.into: of my own/);
});

test('a file that was left behind is an error to read, not an empty or damaged one', async () => {
  const { bytes } = await compress(
    [
      { path: 'a', data: original },
      { path: 'b', data: original.subarray(100) },
    ],
    { workers: 0 },
  );
  const lost = (stream) => fails(collect(stream), 'invalid-option', /^a: its bytes were to be taken before/);
  for (const verify of [false, true]) {
    const unread = decompressStream(bytes, { verify });
    const first = (await unread.next()).value;
    const second = (await unread.next()).value;
    await lost(first.stream);
    same(await collect(second.stream), original.subarray(100));
    assert.ok((await unread.next()).done);

    const half = decompressStream(bytes, { verify });
    const { stream } = (await half.next()).value;
    const reader = stream.getReader();
    await reader.read();
    await half.next();
    reader.releaseLock();
    await lost(stream);
    await half.return();

    for await (const file of decompressStream(bytes, { verify })) {
      first.stream = file.stream;
      break;
    }
    await lost(first.stream);
  }
});

test('the module may be named by its address or its path', async () => {
  const module = join(dist, 'tensorpress_simd.wasm');
  for (const wasm of [`new URL(${JSON.stringify(pathToFileURL(module).href)})`, JSON.stringify(module)]) {
    const { code, stdout, stderr } = await script(
      `await tensorpress.init({ wasm: ${wasm} });
       console.log((await tensorpress.compress(new Uint8Array(9))).report.raw);`,
    );
    assert.is(code, 0, stderr);
    assert.is(stdout, '9\n');
  }
});

/** A Blob that counts what is read of it. */
class CountedBlob extends Blob {
  count = 0;
  slice(start, end, type) {
    this.count += end - start;
    return super.slice(start, end, type);
  }
}

test('small tensors between large ones do not make the file be read twice', async () => {
  const tensors = Array.from({ length: 400 }, (_, index) => {
    const [name, count] = index % 2 ? ['bias', 16] : ['weight', 9216 + 4608 * (index % 3)];
    return { name: `${index}.${name}`, dtype: 'F32', shape: [count], bytes: weights(count, index) };
  });
  const file = new CountedBlob([safetensors(tensors)]);
  const { bytes } = await compress([{ ...named, data: file }], { workers: 0 });
  // Once for the weights and the digest alike; the rest is headers, samples and what lies between.
  assert.ok(file.count < 1.3 * file.size, `${file.count} bytes read of ${file.size}`);
  const [{ bytes: back }] = await decompress(bytes, { workers: 0, verify: true });
  same(back, new Uint8Array(await file.arrayBuffer()));
});

test.run();
