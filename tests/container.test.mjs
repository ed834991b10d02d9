// Opening archives: hostile heads are refused by TypeScript with the code that Rust gives, and what both accept says the same.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as collectText } from 'node:stream/consumers';
import { deflateRawSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inRoot, targetDir } from '../scripts/lib/paths.mjs';
import { run } from '../scripts/lib/run.mjs';
import { forge, takeApart } from './helpers/forge.mjs';
import { model, random } from './helpers/models.mjs';
import { tensorpress } from './helpers/package.mjs';

const { compress, hash64, inspect, jobsOf, openContainer, paramsOf, ready, TensorpressError } = tensorpress;
const CODES = new Set(['corrupt', 'truncated', 'unsupported', 'limit']);
const GOLDEN = inRoot('tests', 'golden', 'v1');

await ready();
await run('cargo', ['build', '--quiet', '--package', 'tensorpress-engine', '--example', 'open_archive']);
const program = join(targetDir, 'debug', 'examples', 'open_archive');

/** What Rust says of heads, in order. */
async function askRust(cases) {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = collectText(child.stdout);
  for (const { head, length } of cases) {
    const prefix = Buffer.alloc(12);
    prefix.writeBigInt64LE(BigInt(length), 0);
    prefix.writeUInt32LE(head.length, 8);
    if (!child.stdin.write(Buffer.concat([prefix, head]))) await new Promise((go) => child.stdin.once('drain', go));
  }
  child.stdin.end();
  return (await answers)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A head as a source of an archive; behind it all is zero. */
function sourceOf({ head, length }) {
  const read = async (offset, size) => {
    const bytes = new Uint8Array(size);
    bytes.set(head.subarray(offset, offset + size));
    return bytes;
  };
  return { size: length, read };
}

/** Members that say nothing are as good as absent. */
const bare = (value) =>
  JSON.parse(
    JSON.stringify(value, (name, member) => {
      const optional = ['format', 'note', 'approximate', 'chain', 'type_name', 'spans'].includes(name);
      return optional && (member === '' || member === false || member.length === 0) ? undefined : member;
    }),
  );

async function askTypeScript(tried) {
  try {
    const archive = await openContainer(sourceOf(tried));
    const jobs = jobsOf(archive);
    const params = jobs.map((job) => Buffer.from(paramsOf(archive, [job])).toString('hex')).join('');
    return { plan: bare(archive.plan), jobs: jobs.map(({ at, ...job }) => job), params };
  } catch (error) {
    assert.instance(error, TensorpressError, error.stack);
    assert.ok(CODES.has(error.code), error.stack);
    return { code: error.code, message: error.message };
  }
}

/** Both give the same answer to every case; gives the codes, `undefined` where it was opened. */
async function agree(cases) {
  const found = await askRust(cases);
  assert.is(found.length, cases.length);
  for (const [index, rust] of found.entries()) {
    const typescript = await askTypeScript(cases[index]);
    const label = `${cases[index].label}\n  Rust: ${rust.message}\n  TypeScript: ${typescript.message}`;
    assert.is(typescript.code, rust.code, label);
    if (rust.code === undefined) assert.equal(typescript, rust, label);
  }
  return found.map(({ code }) => code);
}

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

const SKELETON = ['tensorpress.skeleton', 0];
const stream = (name, len, block = 1048576, layout = 'opaque') => ({ name, len, block, layout });
const skeleton = (len) => stream(SKELETON[0], len);
const file = (path, len, ...pieces) => ({ path, len, pieces });
const tensor = (more) => ({ name: 't', file: 0, dtype: 'f32', shape: [1], encoding: 'plain', ...more });

/** An archive of this plan; its entries are as long as a block of each stream would be. */
function lie(files, streams, tensors = [], index) {
  const plan = JSON.stringify({ files, streams, tensors });
  const blocks = streams.map(({ len, block }) => Math.min(3, Math.ceil(len / block) || 0));
  const tables = streams.flatMap(({ len, block }, at) => {
    const list = Array.from({ length: blocks[at] }, () => {
      const record = Buffer.alloc(12);
      record.writeUInt32LE(Math.min(len, block) + 1);
      return record;
    });
    return [Buffer.alloc(8), ...list];
  });
  const entries = streams.map(({ name, len, block }, at) => {
    return [name, Math.ceil((blocks[at] * (Math.min(len, block) + 1)) / 64) * 64];
  });
  const given = index ?? Buffer.concat([Buffer.alloc(16 * files.length), ...tables]);
  return { ...forge(hash64, { plan, tables: given, entries }), label: plan.slice(0, 1000) };
}

test('lying plans', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const w = (len, block, layout) => [skeleton(0), stream('w', len, block, layout)];
  const honest = [
    lie([], [skeleton(0)]),
    lie([file('a', 5, [0, 2], [0, 3])], [skeleton(5)]),
    lie([file('a', 16, [1, 0, 8], [1, 0, 8])], w(8, 8, 'u8')),
    lie([file('a', 8, [1, 0, 8])], w(8, 8, 'f32'), [tensor({ stream: 1 }), tensor({ spans: [[0, 8, 0]] })]),
    lie([file('a', 8, [1, 0, 8])], w(8, 8, 'f32'), [
      tensor({ shape: [most, 0] }),
      tensor({ shape: Array(64).fill(1) }),
    ]),
    lie([file('a/b', 0), file('a/c', 0), file('a.b', 0), file('undefined', 0)], [skeleton(0)]),
    lie(
      Array.from({ length: 300 }, (_, at) => file(`${'x/'.repeat(at)}y`, 0)),
      [skeleton(0)],
    ),
  ];
  const bad = [
    lie([], []),
    lie([], [stream('other', 0)]),
    lie([file('a', 1)], [skeleton(0)]),
    lie([file('a', 0, [0, 0])], [skeleton(0)]),
    lie([file('a', 1, [0, 1])], [skeleton(0)]),
    lie([file('a', 0)], [skeleton(most)]),
    lie([file('a', most, [0, most])], [skeleton(most)]),
    lie([file('a', 1, [0, most], [0, 2])], [skeleton(1)]),
    lie([file('a', most, [0, most]), file('b', most, [0, most])], [skeleton(most)]),
    lie([file('a', 1, [1, 0, 1])], [skeleton(0)]),
    lie([file('a', 8, [1, 4, 8])], w(8, 8, 'u8')),
    lie([file('a', 8, [1, most, 8])], w(8, 8, 'u8')),
    lie([file('a', 8, [1, 0, 8])], w(8, 0, 'u8')),
    lie([file('a', 8, [1, 0, 8])], w(8, 1 << 25, 'u8')),
    lie([file('a', 8, [1, 0, 8])], w(8, 2 ** 32, 'u8')),
    lie([file('a', 8, [1, 0, 8])], w(8, 6, 'f32')),
    lie([file('a', 6, [1, 0, 6])], w(6, 8, 'f32')),
    lie([file('a', 8, [1, 0, 8])], w(8, 8, 'f128')),
    lie([file('a', 0)], [skeleton(0)], [tensor({ file: 1 })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ stream: 0 })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ stream: 1 })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ range: [0, 0] })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ spans: [[1, 0, 0]] })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ spans: [[0, 0, 1]] })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ spans: [[0, most, most]] })]),
    lie([file('a', 8, [1, 0, 8])], w(8, 8, 'u8'), [tensor({ stream: 1, range: [1, 8] })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ shape: Array(65).fill(1) })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ dtype: 'f33' })]),
    lie([file('a', 0)], [skeleton(0), stream('w', 0), stream('w', 0)]),
    lie([file('a', 0)], [skeleton(0), stream('tensorpress.manifest', 0)]),
    // A terabyte of which the index knows nothing.
    lie([file('a', 2 ** 40, [0, 2 ** 40])], [skeleton(2 ** 40)]),
    // Blocks of no bytes, of more than stored ones have, and of far more than there are.
    ...[0, 7, 2 ** 32 - 1].map((size) => {
      const index = Buffer.alloc(36);
      index.writeUInt32LE(size, 24);
      return lie([file('a', 5, [0, 5])], [skeleton(5)], [], index);
    }),
  ];
  const paths = [
    '',
    '/a',
    '..',
    '../a',
    'a/../b',
    'a/..',
    './a',
    'a//b',
    'a/',
    '/',
    'a\\b',
    'C:/x',
    'c:x',
    'a\0b',
    'a\nb',
  ];
  paths.push('a\u007fb', 'a\u0085b', 'x'.repeat(4097), 'ä'.repeat(2049));
  for (const path of paths) bad.push(lie([file(path, 0)], [skeleton(0)]));
  for (const pair of [
    ['a', 'a'],
    ['a/b/c', 'a/b'],
    ['a', 'a/b'],
    ['a', 'a.b', 'a/b'],
  ]) {
    bad.push(
      lie(
        pair.map((path) => file(path, 0)),
        [skeleton(0)],
      ),
    );
  }
  const good = [
    'a',
    'weights..bin',
    'ä/…/x y',
    '.hidden/file',
    '1:2',
    'ab:c',
    '...',
    'a/..b',
    'x'.repeat(4096),
    '__proto__',
  ];
  for (const path of good) honest.push(lie([file(path, 0)], [skeleton(0)]));
  for (const [index, code] of (await agree(honest)).entries()) assert.is(code, undefined, honest[index].label);
  for (const [index, code] of (await agree(bad)).entries()) {
    assert.ok(code === 'corrupt' || code === 'limit', `${code} ${bad[index].label}`);
  }
});

test('lengths of blocks and numbers of files, at the limit and one beyond', async () => {
  const block = (length) => lie([file('a', 8, [1, 0, 8])], [skeleton(0), stream('w', 8, length, 'u8')]);
  assert.equal(await agree([block(16 << 20), block((16 << 20) + 1)]), [undefined, 'limit']);
  // Rust's are tested where they are checked, for a million files take it a while to say what it found.
  const files = (count) =>
    lie(
      Array.from({ length: count }, (_, at) => file(`${at}`, 0)),
      [skeleton(0)],
    );
  assert.is((await askTypeScript(files(1_000_000))).code, undefined);
  assert.is((await askTypeScript(files(1_000_001))).code, 'limit');
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
  const started = performance.now();
  const codes = await agree(cases);
  assert.is(codes[4], undefined);
  codes.splice(4, 1);
  for (const code of codes) assert.is(code, 'corrupt');
  assert.ok(performance.now() - started < 30_000, 'none of them takes long');
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

test('names that are numbers or mean something to JavaScript', async () => {
  const names = ['10', '9', '-1', '__proto__', 'constructor', 'toString', 'a"b\\ü\n', '', '\u2028', '😀'];
  const streams = [skeleton(0), ...names.map((name) => stream(name, 0))];
  const tensors = names.map((name, at) => tensor({ name, stream: at + 1, shape: [0] }));
  assert.equal(await agree([lie([file('__proto__', 0)], streams, tensors)]), [undefined]);
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
