// Plans that contradict themselves or the format are refused by both readers with the same code; what both accept says the same.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { agree, askTypeScript, file, lie, skeleton, stream, tensor } from './helpers/container.mjs';

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
    lie([file('a', 8, [0, 8])], [skeleton(8)], [tensor({ encoding: 'deflate', inflated: [most, most] })]),
    lie([file('a', 0)], [skeleton(0)], [tensor({ dtype: 'f6e2m3', inflated: null }), tensor({ dtype: 'f6e3m2' })]),
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
    ...[[1], [1, 2, 3], [0, most + 1], 1].map((inflated) => lie([file('a', 0)], [skeleton(0)], [tensor({ inflated })])),
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

test('names that are numbers or mean something to JavaScript', async () => {
  const names = ['10', '9', '-1', '__proto__', 'constructor', 'toString', 'a"b\\ü\n', '', '\u2028', '😀'];
  const streams = [skeleton(0), ...names.map((name) => stream(name, 0))];
  const tensors = names.map((name, at) => tensor({ name, stream: at + 1, shape: [0] }));
  assert.equal(await agree([lie([file('__proto__', 0)], streams, tensors)]), [undefined]);
});

test.run();
