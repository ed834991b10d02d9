// Damaged archives through the API: a typed error or the right bytes, and never a file that is half there.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { collect, random, safetensors, streamOf, weights } from './helpers/models.mjs';
import { scratch, tensorpress } from './helpers/package.mjs';

const { compress, decompress, decompressStream, openArchive, TensorpressError } = tensorpress;
const values = weights(3000, 9);
const original = safetensors([
  { name: 'a', dtype: 'F32', shape: [3000], bytes: values },
  { name: 'b', dtype: 'F32', shape: [4096], bytes: new Float32Array(4096) },
]);
const { bytes: archive } = await compress(original, { workers: 0 });
const CODES = new Set(['corrupt', 'truncated', 'unsupported', 'limit']);

/** Whether the run gave the right bytes; fails on anything but a typed error. */
async function survives(run, label) {
  let found;
  try {
    found = await run();
  } catch (error) {
    assert.instance(error, TensorpressError, `${label}: ${error.stack}`);
    assert.ok(CODES.has(error.code), `${label}: ${error.code} ${error.message}`);
    return false;
  }
  assert.ok(Buffer.compare(found, original) === 0, `${label}: wrong bytes went unnoticed`);
  return true;
}

const whole = async (bytes) => (await decompress(bytes, { workers: 0 }))[0].bytes;
async function streamed(bytes) {
  const parts = [];
  for await (const file of decompressStream(streamOf(bytes, 1000), { workers: 0 }))
    parts.push(await collect(file.stream));
  return Buffer.concat(parts);
}

test('truncated at every length', async () => {
  for (let length = 0; length < archive.length; length += length < 2000 ? 1 : 37) {
    const cut = archive.subarray(0, length);
    assert.not(await survives(() => whole(cut), `cut to ${length}`));
    if (length % 5 === 0) assert.not(await survives(() => streamed(cut), `stream cut to ${length}`));
  }
});

test('bits flipped', async () => {
  const next = random(3);
  for (let at = 0; at < archive.length; at += at < 2000 ? 1 : 13) {
    const broken = archive.slice();
    broken[at] ^= 1 << Math.floor(next() * 8);
    await survives(() => whole(broken), `bit at ${at}`);
    if (at % 7 === 0) await survives(() => streamed(broken), `streamed, bit at ${at}`);
  }
});

test('bytes after the end', async () => {
  const longer = Buffer.concat([archive, Buffer.alloc(64)]);
  assert.not(await survives(() => whole(longer), 'longer'));
  assert.not(await survives(() => streamed(longer), 'longer stream'));
});

test('random bytes and other files', async () => {
  const next = random(4);
  for (let round = 0; round < 200; round += 1) {
    const noise = Uint8Array.from({ length: Math.floor(next() * 300) }, () => next() * 256);
    assert.not(await survives(() => whole(noise), 'noise'));
  }
  assert.not(await survives(() => whole(original), 'a model that is no archive'));
  const text = new TextEncoder().encode('no archive at all, but text');
  const error = await decompress(text).catch((thrown) => thrown);
  const advice = 'this is no tensorpress archive, which compress makes';
  assert.is(error.code, 'limit');
  assert.is(error.message, advice);
  // Archives are safetensors files, but their headers end where 64 bytes begin.
  const other = await decompress(Uint8Array.from([67, 0, 0, 0, 0, 0, 0, 0, ...new Uint8Array(67)])).catch((e) => e);
  assert.is(other.code, 'corrupt');
  assert.is(other.message, advice);
  // As many bytes of header as an archive could have, and less that is wrong from one to the next.
  const headers = [
    'no JSON',
    '{"w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}',
    '{"__metadata__":{"format":"pt"},"w":{"dtype":"U8","shape":[64],"data_offsets":[0,64]}}',
    '{"__metadata__":{"format":"pt","version":"1"},"w":{"dtype":"U8","shape":[64],"data_offsets":[0,64]}}',
  ];
  for (const header of headers) {
    const foreign = Buffer.alloc(8 + 120 + 64, header.padEnd(120 + 8).padStart(120 + 16));
    foreign.writeBigUInt64LE(120n);
    const given = [foreign, new Blob([foreign]), streamOf(foreign, 50)];
    for (const read of [decompress, openArchive]) {
      for (const input of read === decompress ? given : given.slice(0, 2)) {
        const found = await read(input).catch((thrown) => thrown);
        assert.is(found.code, 'corrupt');
        assert.is(found.message, advice, header);
      }
    }
  }
  assert.is((await decompress(original).catch((thrown) => thrown)).message, advice);
});

test('nothing is left of a damaged archive', async () => {
  const broken = archive.slice();
  broken[broken.length - 500] ^= 4;
  const path = join(scratch, 'broken.tpress');
  writeFileSync(path, broken);
  for (const workers of [0, 2]) {
    assert.not(await survives(() => decompress(path, { workers, output: { path: join(scratch, 'out') } }), 'path'));
    assert.equal(readdirSync(scratch), ['broken.tpress']);
  }
  const opened = await openArchive(broken);
  assert.not(await survives(async () => (await opened.tensor('a')).bytes, 'tensor'));
  await opened.close();
});

test.run();
