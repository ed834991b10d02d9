// A file of 1 GB with a tensor of 100 MB goes from path to path within 400 MB of memory.
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { weights } from './helpers/models.mjs';
import { scratch, script } from './helpers/package.mjs';

const MB = 1_000_000;
const LIMIT = 400 * MB;
const SIZES = [100 * MB, ...Array.from({ length: 18 }, () => 50 * MB)];
const input = join(scratch, 'large.safetensors');
const packed = join(scratch, 'large.tpress');
const back = join(scratch, 'back.safetensors');

function makeInput() {
  const header = {};
  let at = 0;
  for (const [index, size] of SIZES.entries()) {
    header[`layer.${index}`] = { dtype: 'F32', shape: [size / 4], data_offsets: [at, at + size] };
    at += size;
  }
  const text = Buffer.from(JSON.stringify(header).padEnd(4096));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const chunk = Buffer.from(weights(4_000_000, 1).buffer);
  const file = openSync(input, 'wx');
  writeSync(file, length);
  writeSync(file, text);
  for (let left = at; left > 0; left -= chunk.length) {
    // Every chunk begins elsewhere, so that no two tensors are equal.
    chunk.writeUInt32LE(left >>> 0, 0);
    writeSync(file, chunk, 0, Math.min(left, chunk.length));
  }
  closeSync(file);
}

async function peakOf(call) {
  const text = `${call}; console.log(process.resourceUsage().maxRSS * 1024);`;
  const { code, stdout, stderr } = await script(text);
  assert.is(code, 0, stderr);
  return Number(stdout);
}

test('path to path in bounded memory', async () => {
  makeInput();
  const names = [input, packed, back].map((name) => JSON.stringify(name));
  for (const workers of [2, 0]) {
    const options = (output) => `{ workers: ${workers}, effort: 'fast', force: true, output: { path: ${output} } }`;
    // Once each: the thread that does all needs no more than the workers do.
    if (workers === 2) {
      const peak = await peakOf(`await tensorpress.compress(${names[0]}, ${options(names[1])})`);
      assert.ok(peak < LIMIT, `compress: ${peak / MB} MB`);
      console.log(`compress: ${Math.round(peak / MB)} MB`);
    }
    const peak = await peakOf(
      `await tensorpress.decompress(${names[1]}, ${options(names[2]).replace("effort: 'fast', ", 'verify: true, ')})`,
    );
    assert.ok(peak < LIMIT, `decompress: ${peak / MB} MB`);
    console.log(`decompress with ${workers} workers: ${Math.round(peak / MB)} MB`);
    assert.is(statSync(back).size, statSync(input).size);
  }
  for (const name of [input, packed, back]) rmSync(name);
});

test.run();
