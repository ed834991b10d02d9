// Opening archives: hostile heads are refused by TypeScript with the code that Rust gives, and what both accept says the same.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inRoot } from '../scripts/lib/paths.mjs';
import { agree, askTypeScript, SKELETON, skeleton } from './helpers/container.mjs';
import { forge, takeApart } from './helpers/forge.mjs';
import { model, random } from './helpers/models.mjs';
import { tensorpress } from './helpers/package.mjs';

const { compress, hash64, inspect } = tensorpress;
const GOLDEN = inRoot('tests', 'golden', 'v1');

/** Archives of all that a plan can hold, small enough to try every bit of their heads. */
const golden = readdirSync(GOLDEN).filter((name) => name.endsWith('.tpress'));
const { bytes: small } = await compress(
  [
    { path: 'm.safetensors', data: model(700) },
    { path: 'empty', data: new Uint8Array(0) },
    { path: 'a/b', data: Uint8Array.of(9) },
  ],
  { workers: 0, recipe: { rules: [{ match: { name: 'encoder*' }, chain: [{ quantize: { bits: 8 } }] }] } },
);
const parts = takeApart(small);
const whole = { head: parts.head, length: parts.length };
const forged = (change) => ({ ...forge(hash64, { ...parts, ...change }), ...change });

test('golden archives open as before', async () => {
  const cases = golden.map((name) => {
    const { head, length } = takeApart(readFileSync(join(GOLDEN, name)));
    return { head, length, label: name };
  });
  const unknown = cases.map((tried) => ({ ...tried, length: -1 }));
  for (const code of await agree([...cases, ...unknown, whole, forged({})])) assert.is(code, undefined);
});

test('heads cut at every length', async () => {
  const lengths = [...parts.head.keys()];
  const known = lengths.map((length) => ({ head: parts.head.subarray(0, length), length, label: `cut to ${length}` }));
  for (const code of await agree(known)) assert.is(code, 'truncated');
  const other = [1, 64, -1].map((more) => ({ ...whole, length: parts.length + more, label: `${more} more` }));
  assert.equal(await agree(other), ['corrupt', 'corrupt', 'truncated']);
});

const flipped = (bytes, at, bit) => {
  const changed = Buffer.from(bytes);
  changed[at] ^= 1 << bit;
  return changed;
};
const everyBit = (bytes) => [...bytes.keys()].flatMap((at) => [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => [at, bit]));

test('every bit of a head flipped', async () => {
  const cases = everyBit(parts.head).map(([at, bit]) => {
    return { ...whole, head: flipped(parts.head, at, bit), label: `bit ${bit} of byte ${at}` };
  });
  for (const [index, code] of (await agree(cases)).entries()) assert.ok(code, cases[index].label);
});

test('every bit flipped of a plan, of tables and of a header whose hashes fit', async () => {
  const cases = everyBit(parts.plan).map(([at, bit]) => {
    return forged({ plan: flipped(parts.plan, at, bit), label: `bit ${bit} of the plan's byte ${at}` });
  });
  for (const [at, bit] of everyBit(parts.tables)) {
    cases.push(forged({ tables: flipped(parts.tables, at, bit), label: `bit ${bit} of the tables' byte ${at}` }));
  }
  const { length } = forgedHeader((bytes) => bytes);
  for (const [at, bit] of everyBit(Buffer.alloc(length))) {
    const { head, length: size } = forged({ edit: (text) => flipped(text, at, bit) });
    cases.push({ head, length: size, label: `bit ${bit} of the header's byte ${at}` });
  }
  const codes = await agree(cases);
  assert.ok(codes.filter((code) => code === undefined).length > 100, 'most names may have other letters');
});

function forgedHeader(edit) {
  let kept = Buffer.alloc(0);
  forged({
    edit: (text) => {
      kept = Buffer.from(text);
      return edit(text);
    },
  });
  return kept;
}

const WRONG = [
  '0',
  '1',
  '-1',
  '-0',
  '01',
  '1.0',
  '1e2',
  '1E400',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551615',
  '18446744073709551616',
  '4294967295',
  '4294967296',
  '1e',
  '.5',
  '+1',
  'NaN',
  'true',
  'false',
  'null',
  'nul',
  '""',
  '"a"',
  '"\\ud800"',
  '"\\ud83d\\ude00"',
  '"\\u0000"',
  '"\\x41"',
  '"\t"',
  '"f32"',
  '[]',
  '[0]',
  '[1,2,3,4]',
  '{}',
  '{"a":1}',
  '"__proto__"',
  '"constructor"',
  '',
];

/** The text with each of its values replaced by each of the wrong ones, and each member said twice, missing or strange. */
function* distorted(text) {
  const token = /"(?:[^"\\]|\\.)*"(:?)|\d+|true|false/g;
  for (const found of text.matchAll(token)) {
    const [before, after] = [text.slice(0, found.index), text.slice(found.index + found[0].length)];
    if (found[1] === '') {
      for (const value of WRONG) yield before + value + after;
    } else {
      for (const name of ['"__proto__":', '"constructor":', '"\\ud800":', '"x":', '1:', ':', ''])
        yield before + name + after;
      // Escapes say the same name.
      yield `${before}"\\u${found[0].charCodeAt(1).toString(16).padStart(4, '0')}${found[0].slice(2)}${after}`;
      const deep = `${'{"a":['.repeat(300)}-0.5e-3,"\\ud800",null${']}'.repeat(300)}`;
      for (const value of [deep, deep.slice(0, -1), '01', '1.', '"\\x"', '[1,]', '{"a":1,}', '{"a":1,"a":{}}', '']) {
        yield `${before}"unknown" : ${value} ,\n${found[0]}${after}`;
      }
      yield `${before + found[0]}0,${found[0]}${after}`;
      yield `${before + found[0]}[],${found[0]}${after}`;
      yield `${before + found[0]}null,${found[0]}${after}`;
    }
  }
  for (const [at, mark] of [...text].entries()) {
    if ('{}[]:,'.includes(mark)) yield `${text.slice(0, at)} \r\n\t${mark} ${text.slice(at + 1)}`;
  }
  yield `\ufeff${text}`;
  yield `\u00a0${text}`;
  yield `${text}\u00a0`;
  yield `${text}x`;
  yield `${text}\0`;
  yield text + text;
}

test('distorted plans and headers', async () => {
  const cases = [];
  for (const plan of distorted(parts.plan.toString())) cases.push(forged({ plan, label: plan.slice(0, 3000) }));
  const header = forgedHeader((text) => text).toString();
  for (const text of distorted(header)) {
    const { head, length } = forged({ edit: () => text });
    cases.push({ head, length, label: text });
  }
  // Bytes that are no UTF-8, in a string that is read and in one that is not.
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]]) {
    for (const [before, after] of [
      ['"path":"', '"'],
      ['"unknown":"', '","path":"a"'],
    ]) {
      const [first, ...rest] = parts.plan.toString().split(/"path":"[^"]*"/);
      const plan = Buffer.concat([
        Buffer.from(first + before),
        Buffer.from(bytes),
        Buffer.from(after + rest.join('"path":"x"')),
      ]);
      cases.push(forged({ plan, label: `${before}${bytes}` }));
    }
  }
  const codes = await agree(cases);
  assert.ok(codes.filter((code) => code === undefined).length > 300);
  assert.is({}.len, undefined, 'no prototype was changed');
});

test('deep and endless plans', async () => {
  const plans = [
    '['.repeat(1_000_000),
    `{"files":${'[{"pieces":'.repeat(100_000)}`,
    `{"unknown":${'['.repeat(1_000_000)}`,
    `{"unknown":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)},"files":[],"streams":[],"tensors":[]}`,
    `{"unknown":${'{"a":'.repeat(200_000)}0${'}'.repeat(200_000)},"files":[],"streams":[${JSON.stringify(skeleton(0))}],"tensors":[]}`,
    `"${'\\'.repeat(1_000_001)}`,
    `{"${'a'.repeat(5_000_000)}":1}`,
    '1'.repeat(5_000_000),
    `{"files":[{"len":${'9'.repeat(1_000_000)}`,
    ' '.repeat(5_000_000),
    '',
  ];
  const cases = plans.map((plan) => ({
    ...forge(hash64, { plan, tables: Buffer.alloc(8), entries: [SKELETON] }),
    label: plan.slice(0, 100),
  }));
  const codes = await agree(cases);
  assert.is(codes[4], undefined);
  codes.splice(4, 1);
  for (const code of codes) assert.is(code, 'corrupt');
  // The header is JSON before any hash is compared.
  for (const text of ['['.repeat(1_000_000), `{"__metadata__":${'{"a":'.repeat(1_000_000)}`]) {
    const { head, length } = forged({ edit: () => text });
    assert.equal(await agree([{ head, length, label: text.slice(0, 50) }]), ['corrupt']);
  }
});

test('plans that explode', async () => {
  const plan = JSON.stringify({ files: [], streams: [skeleton(0)], tensors: [] });
  const base = { plan, tables: Buffer.alloc(8), entries: [SKELETON] };
  const spaces = deflateRawSync(Buffer.alloc(64 << 20, ' '), { level: 9 });
  const cases = [
    ...[0, 1, plan.length - 1, plan.length + 1, 128 << 20, 2 ** 32 - 1].map((planLength) => ({ ...base, planLength })),
    { ...base, deflated: spaces, planLength: 100 },
    { ...base, deflated: spaces, planLength: 64 << 20 },
    { ...base, deflated: Buffer.alloc(40, 0xff), planLength: 100 },
    { ...base, deflated: Buffer.concat([deflateRawSync(plan), Buffer.alloc(1)]) },
  ];
  const codes = await agree(cases.map((parts, index) => ({ ...forge(hash64, parts), label: `bomb ${index}` })));
  assert.equal(codes.indexOf('limit'), 5);
  for (const [index, code] of codes.entries()) assert.is(code, index === 5 ? 'limit' : 'corrupt', `bomb ${index}`);
});

test('lengths and versions', async () => {
  const cases = [0, 1, 55, 56, 2 ** 32 - 8, 2 ** 32, 100_000_001, 99_999_992].map((length) => {
    const head = Buffer.from(parts.head);
    head.writeBigUInt64LE(BigInt(length));
    return { ...whole, head, label: `a header of ${length}` };
  });
  for (const word of [2n ** 64n - 1n, 2n ** 64n - 8n, 2n ** 63n]) {
    const head = Buffer.from(parts.head);
    head.writeBigUInt64LE(word);
    cases.push({ ...whole, head, label: `a header of ${word}` });
  }
  for (const code of await agree(cases)) assert.ok(code);
  const newer = forged({ edit: (text) => text.replace('"version":"1"', '"version":"2"') });
  const binary = Buffer.from(parts.head);
  binary[binary.indexOf('TPRESS\0') + 7] = 9;
  assert.equal(await agree([newer, { ...whole, head: binary }]), ['unsupported', 'unsupported']);
  assert.match((await askTypeScript(newer)).message, /version "2"/);
  assert.match((await askTypeScript({ ...whole, head: binary })).message, /version 9/);
  // A manifest that would be read whole.
  const huge = forged({
    edit: (text) => text.replace(/\[\d+\],"data_offsets":\[0,\d+\]/, '[268435520],"data_offsets":[0,268435520]'),
  });
  assert.is((await askTypeScript({ ...huge, length: -1 })).code, 'corrupt');
  const alone =
    '{"__metadata__":{"format":"tensorpress","version":"1"},"tensorpress.manifest":{"dtype":"U8","shape":[268435520],"data_offsets":[0,268435520]}}';
  const { head } = forged({ edit: () => alone });
  assert.equal(
    await agree([
      { head, length: -1 },
      { head, length: head.readUInt32LE(0) + 8 + 268435520 },
    ]),
    ['limit', 'limit'],
  );
});

test('random heads', async () => {
  const next = random(11);
  const cases = [];
  for (let round = 0; round < 3000; round += 1) {
    // Several changes of one plan: other bytes, runs that are cut out or said again.
    let plan = Buffer.from(parts.plan);
    for (let change = Math.ceil(next() * 3); change > 0; change -= 1) {
      const [at, to] = [Math.floor(next() * plan.length), Math.floor(next() * plan.length)].sort((a, b) => a - b);
      const kind = next();
      if (kind < 0.4) plan[at] = '0123456789-.,:[]{}"e\\ '.charCodeAt(next() * 22);
      else if (kind < 0.7) plan = Buffer.concat([plan.subarray(0, at), plan.subarray(Math.min(to, at + 30))]);
      else plan = Buffer.concat([plan.subarray(0, at), plan.subarray(Math.max(at - 40, 0), at), plan.subarray(at)]);
    }
    cases.push(forged({ plan, label: plan.toString() }));
  }
  await agree(cases);
});

test('a head that lies is no archive to anybody', async () => {
  const bytes = small.slice();
  bytes[8 + Number(parts.head.readBigUInt64LE(0)) + 40] ^= 1;
  for (const call of [
    () => inspect(bytes),
    () => tensorpress.openArchive(bytes),
    () => tensorpress.decompress(bytes),
  ]) {
    try {
      await call();
      assert.unreachable();
    } catch (error) {
      assert.is(error.code, 'corrupt');
    }
  }
});

test.run();
