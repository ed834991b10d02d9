// The module that only decodes against the one that does all: the same bytes, and the same verdict on damaged blocks.
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as small from '../pkg/decode/tensorpress_wasm.js';
import * as full from '../pkg/simd/tensorpress_wasm.js';
import { random, weights } from './helpers/models.mjs';

const pkg = (...parts) => readFileSync(new URL(`../pkg/${parts.join('/')}`, import.meta.url));
const exportsOf = new Map(
  [
    [full, 'simd'],
    [small, 'decode'],
  ].map(([glue, build]) => [glue, glue.initSync({ module: pkg(build, 'tensorpress_wasm_bg.wasm') })]),
);
const codecs = new Map([full, small].map((glue) => [glue, new glue.Codec()]));

/** In the order of their numbers in the parameters of a job. */
const LAYOUTS = ['opaque', 'u8', 'w2', 'w4', 'w8', 'f16', 'bf16', 'f32', 'f64'];
/** What the small module's numbers stand for. */
const CODES = ['corrupt', 'truncated', 'unsupported', 'limit', 'invalid-option'];
const DAMAGED_PER_BLOCK = 60;
const LARGEST_DAMAGED = 1 << 16;

/** The parameters of a group of one job of one block. */
function paramsOf(layout, length, encoded) {
  const params = new Uint8Array(25);
  const job = params.subarray(4);
  const fields = new DataView(params.buffer, 4);
  job[0] = LAYOUTS.indexOf(layout);
  fields.setUint32(1, Math.max(length, 1), true);
  fields.setUint32(5, length, true);
  fields.setUint32(9, encoded.length, true);
  fields.setBigUint64(13, full.hash64(encoded), true);
  return params;
}

const memory = (glue, pointer, length) => new Uint8Array(exportsOf.get(glue).memory.buffer, pointer, length);

/** The code of the error that a call ends in, if any: the large module throws it, the small one gives its number. */
function codeOf(work) {
  try {
    const number = work();
    return number ? CODES[number - 1] : undefined;
  } catch (error) {
    return JSON.parse(error.message).code;
  }
}

/** What a module makes of a job: bytes, or the code of an error. */
function verdict(glue, params, encoded) {
  const codec = codecs.get(glue);
  const input = codec.input(encoded.length);
  memory(glue, input, encoded.length).set(encoded);
  const code = codeOf(() => codec.decode_group(params));
  if (code) return code;
  return Buffer.from(memory(glue, codec.output_ptr(), codec.output_len()));
}

function compare(params, encoded, what) {
  const [expected, found] = [full, small].map((glue) => verdict(glue, params, encoded));
  const same = typeof expected === 'string' ? expected === found : expected.equals(found);
  assert.ok(same, `${what}: ${typeof expected === 'string' ? expected : 'bytes'}, ${found.slice(0, 40)}`);
  return expected;
}

/** Compares a block, and copies of it that were changed here and there, cut, or are to decode to other lengths. */
function compareDamaged(layout, length, encoded, what, next) {
  assert.instance(compare(paramsOf(layout, length, encoded), encoded, what), Buffer);
  if (encoded.length > LARGEST_DAMAGED || length > 4 * LARGEST_DAMAGED) return 0;
  let refused = 0;
  for (let round = 0; round < DAMAGED_PER_BLOCK; round++) {
    const copy = Buffer.from(encoded);
    // The beginning holds most of what is checked.
    const reach = round % 2 === 0 ? Math.min(64, copy.length) : copy.length;
    for (let count = next(3); count >= 0; count--) copy[next(reach)] = next(4) === 0 ? 255 : next(256);
    const damaged = round % 5 === 0 ? copy.subarray(0, next(copy.length) + 1) : copy;
    const other = round % 7 === 0 ? length + next(9) : length;
    const outcome = compare(paramsOf(layout, other, damaged), damaged, `${what}, damaged (${round})`);
    if (typeof outcome === 'string') refused++;
  }
  return refused;
}

/** A generator of whole numbers below a limit. */
function numbers(seed) {
  const next = random(seed);
  return (limit) => Math.floor(next() * limit);
}

/** The blocks of an archive (docs/FORMAT.md, sections 1 to 3). */
function* blocksOf(archive) {
  const headerLength = Number(archive.readBigUInt64LE(0));
  const entries = JSON.parse(archive.subarray(8, 8 + headerLength).toString());
  const data = archive.subarray(8 + headerLength);
  const entryOf = (name) => data.subarray(...entries[name].data_offsets);
  const manifest = entryOf('tensorpress.manifest');
  const [deflated, inflated] = [manifest.readUInt32LE(24), manifest.readUInt32LE(28)];
  const [expected, plan] = [full, small].map((glue) => glue.inflate(manifest.subarray(32, 32 + deflated), inflated));
  assert.equal(plan, expected);
  const { files, streams } = JSON.parse(Buffer.from(plan).toString());
  let at = 32 + deflated + 16 * files.length;
  for (const { name, len, block, layout } of streams) {
    const bytes = entryOf(name);
    at += 8;
    for (let start = 0, offset = 0; start < len; start += block, at += 12) {
      const length = manifest.readUInt32LE(at);
      yield { name, layout, length: Math.min(block, len - start), encoded: bytes.subarray(offset, offset + length) };
      offset += length;
    }
  }
}

test('golden archives, and damage to their blocks', () => {
  const folder = new URL('./golden/v1/', import.meta.url);
  const kinds = new Set();
  let refused = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.tpress'))) {
    const next = numbers(file.length);
    for (const { name, layout, length, encoded } of blocksOf(readFileSync(new URL(file, folder)))) {
      kinds.add(encoded[0]);
      refused += compareDamaged(layout, length, encoded, `${file}, ${name}`, next);
    }
  }
  assert.equal(
    [...kinds].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  assert.ok(refused > 500, `only ${refused} damaged blocks were refused`);
});

test('blocks of every layout and effort', () => {
  const next = numbers(7);
  const noise = Buffer.from(Array.from({ length: 4096 }, () => next(256)));
  const text = Buffer.from(
    JSON.stringify(Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`layer.${i}`, i]))),
  );
  const contents = [weights(3000, 1), noise, Buffer.alloc(2048), text, weights(40_000, 2)].map((content) =>
    Buffer.from(content.buffer ?? content, content.byteOffset ?? 0, content.byteLength),
  );
  for (const layout of LAYOUTS) {
    for (const effort of ['fast', 'default', 'max']) {
      for (const raw of contents) {
        const codec = codecs.get(full);
        const input = codec.input(raw.length);
        memory(full, input, raw.length).set(raw);
        codec.encode_group(
          Buffer.from(JSON.stringify([{ raw_len: raw.length, params: { layout, block: raw.length, effort } }])),
        );
        const encoded = Buffer.from(memory(full, codec.output_ptr(), codec.output_len()));
        const bytes = compare(paramsOf(layout, raw.length, encoded), encoded, `${layout}, ${effort}`);
        assert.ok(raw.equals(bytes));
        compareDamaged(layout, raw.length, encoded, `${layout}, ${effort}`, next);
      }
    }
  }
});

test('plans and parameters that do not fit', () => {
  assert.equal(
    [full, small].map((glue) => glue.inflate(new Uint8Array([3, 0]), 0)),
    [new Uint8Array(0), new Uint8Array(0)],
  );
  for (const [bytes, length, code] of [
    [new Uint8Array([3, 0]), 1, 'corrupt'],
    [new Uint8Array(0), 1 << 20, 'corrupt'],
    [new Uint8Array(9), (128 << 20) + 1, 'limit'],
  ]) {
    assert.is(
      codeOf(() => full.inflate(bytes, length) && 0),
      code,
    );
    assert.is(small.inflate(bytes, length), undefined);
  }
  const params = paramsOf('bf16', 4, new Uint8Array([0, 1, 2, 3, 4]));
  const unknown = Uint8Array.from(params, (byte, index) => (index === 4 ? 9 : byte));
  const large = Uint8Array.from(params, (byte, index) => (index === 12 ? 255 : byte));
  for (const [wrong, code] of [
    [params.subarray(0, 3), 'invalid-option'],
    [params.subarray(0, 24), 'invalid-option'],
    [unknown, 'invalid-option'],
    [large, 'limit'],
  ]) {
    assert.equal(
      [full, small].map((glue) => codeOf(() => codecs.get(glue).decode_group(wrong))),
      [code, code],
    );
  }
  compare(params, new Uint8Array(4), 'too little input');
  compare(params, new Uint8Array(6), 'too much input');
});

test.run();
