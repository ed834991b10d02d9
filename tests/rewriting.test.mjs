// What the build rewrites of modules computes what it computed before.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropAlignments } from '../scripts/lib/alignment.mjs';
import { cheapest } from '../scripts/lib/assignment.mjs';
import { ALIGNMENT, declaredIn, immediatesOf, LOCAL } from '../scripts/lib/instructions.mjs';
import { renumberLocals } from '../scripts/lib/locals.mjs';
import { encoded } from '../scripts/lib/wasm.mjs';

const [I32, F64] = [0x7f, 0x7c];
const [GET, SET, ADD, LOAD, END] = [0x20, 0x21, 0x6a, 0x28, 0x0b];

/** A function whose locals are of `types` and which names `locals` in this order, each in one of three ways. */
function functionOf(parameters, types, locals) {
  const head = [encoded(types.length), ...types.flatMap((type) => [encoded(1), Buffer.from([type])])];
  const code = locals.map((local, at) =>
    at % 3 === 0
      ? Buffer.from([SET, ...encoded(local)])
      : Buffer.from([GET, ...encoded(local), ...(at % 3 === 1 ? [LOAD, 2, 0x80, 1] : [ADD])]),
  );
  return { parameters, body: Buffer.concat([...head, ...code, Buffer.from([END])]) };
}

const namedLocals = (body) => immediatesOf(body, LOCAL).map(({ value }) => value);

/** The types of the locals that a function names, in this order, and which of them are the same. */
function namedIn({ parameters, body }) {
  const types = declaredIn(body)[0].flatMap(({ count, type }) => Array(count).fill(type));
  const seen = new Map();
  return namedLocals(body).map((value) => {
    if (value < parameters) return `parameter ${value}`;
    if (!seen.has(value)) seen.set(value, seen.size);
    return `${seen.get(value)} of type ${types[value - parameters]}`;
  });
}

const FUNCTIONS = [
  functionOf(2, [I32, F64, I32], [4, 0, 2, 3, 4, 1, 2, 2, 4]),
  functionOf(0, [F64, I32, I32], [2, 1, 0, 2, 1, 1, 2]),
  functionOf(1, Array(200).fill(I32), [...Array(200).keys(), 150, 151, 152, 3, 2, 1, 199]),
  functionOf(1, [], [0, 0]),
];

test('locals keep their types and stay apart', () => {
  const after = renumberLocals(FUNCTIONS);
  assert.equal(after.map(namedIn), FUNCTIONS.map(namedIn));
  const bytesOf = (functions) => functions.map(({ body }) => body.toString('hex'));
  assert.equal(bytesOf(renumberLocals(FUNCTIONS)), bytesOf(after));
  for (const { parameters, body } of after) {
    const declared = declaredIn(body)[0].reduce((sum, { count }) => sum + count, 0);
    assert.ok(Math.max(...namedLocals(body)) < parameters + declared);
  }
});

test('like functions number their locals alike, whatever each uses most', () => {
  const alike = [0, 1, 2, 1, 0, 2, 0];
  const most = [1, 1, 1, 2, 2, 2, 2, 2, 2];
  const [odd, ...others] = renumberLocals(
    [[...alike, ...most], alike, alike, alike].map((locals) => functionOf(0, [I32, I32, I32], locals)),
  );
  const start = ({ body }) => namedLocals(body).slice(0, alike.length);
  for (const other of others) assert.equal(start(other), start(odd));
});

test('alignments are dropped, and nothing else', () => {
  for (const [position, { body }] of dropAlignments(FUNCTIONS).entries()) {
    const before = FUNCTIONS[position].body;
    const expected = Buffer.from(before);
    for (const { start } of immediatesOf(before, ALIGNMENT)) expected[start] = 0;
    assert.is(body.toString('hex'), expected.toString('hex'));
  }
});

test('what is unknown is refused', () => {
  const odd = (...code) => [{ parameters: 0, body: Buffer.from([0, ...code, END]) }];
  assert.throws(() => renumberLocals(odd(0x12, 0)), /unknown opcode 18/);
  assert.throws(() => renumberLocals(odd(0xfc, 99)), /unknown opcode 252 99/);
  assert.throws(() => dropAlignments(odd(LOAD, 64, 0, 0)), /unknown alignment 64/);
});

test('assignments are the cheapest', () => {
  const orders = (items) =>
    items.length < 2
      ? [items]
      : items.flatMap((item) => orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
  let state = 1;
  const next = () => {
    state = (state * 48271) % 0x7fffffff;
    return state % 20;
  };
  for (let size = 1; size <= 6; size++) {
    for (let round = 0; round < 10; round++) {
      const costs = Array.from({ length: size }, () => Array.from({ length: size }, next));
      const sum = (columns) => columns.reduce((all, column, row) => all + costs[row][column], 0);
      const least = Math.min(...orders([...Array(size).keys()]).map(sum));
      assert.is(sum(cheapest(costs)), least);
    }
  }
});

test.run();
