// What the build rewrites of modules computes what it computed before.
import { deflateRawSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropAlignments } from '../scripts/lib/alignment.mjs';
import { cheapest } from '../scripts/lib/assignment.mjs';
import { ALIGNMENT, declaredIn, immediatesOf, OPCODE } from '../scripts/lib/instructions.mjs';
import { rearrangeLocals } from '../scripts/lib/locals.mjs';
import { blankUnused } from '../scripts/lib/unused.mjs';
import { encoded, SECTION } from '../scripts/lib/wasm.mjs';

const [I32, F64, VOID] = [0x7f, 0x7c, 0x40];
const [CONST, CONST_64, ADD, XOR, DROP, LOAD, LESS] = [0x41, 0x42, 0x6a, 0x73, 0x1a, 0x28, 0x48];
/** What makes a number of another type. */
const [TO_I32, TO_F64] = [[0xfc, 2], [0xb7]];
const [GLOBAL_GET, GLOBAL_SET] = [0x23, 0x24];
const PARAMETERS = [I32, F64];

/** Numbers that only look random. */
function numbersFrom(seed) {
  let state = seed + 1;
  return (below) => {
    state = (state * 48271) % 0x7fffffff;
    return state % below;
  };
}

/** A function whose own locals are of `types`, of these instructions. */
function functionOf(types, instructions, parameters = PARAMETERS) {
  const groups = types.flatMap((type) => [encoded(1), Buffer.from([type])]);
  const body = Buffer.concat([encoded(types.length), ...groups, Buffer.from([...instructions, OPCODE.end])]);
  return { parameters, body };
}

/** A function that sets locals, branches and loops at random, and gives what all its locals are in the end, in one number. */
function randomFunction(seed) {
  const next = numbersFrom(seed);
  const own = Array.from({ length: 1 + next(10) }, () => (next(4) === 0 ? F64 : I32));
  const types = [...PARAMETERS, ...own];
  const get = (local) => [OPCODE.get, local, ...(types[local] === F64 ? TO_I32 : [])];
  const set = (local) => [...(types[local] === F64 ? TO_F64 : []), OPCODE.set, local];
  const tee = (local) => (types[local] === F64 ? [...set(local), ...get(local)] : [OPCODE.tee, local]);
  const anywhere = () => next(types.length);
  const values = [
    () => [CONST, next(64)],
    () => get(anywhere()),
    () => [...get(anywhere()), ...get(anywhere()), next(2) === 0 ? ADD : XOR],
    () => [...get(anywhere()), ...tee(anywhere())],
  ];
  const value = () => values[next(values.length)]();
  // A round of a loop takes of what all rounds together have, in the module's global; then it leaves the block around.
  const round = [GLOBAL_GET, 0, CONST, 1, ADD, GLOBAL_SET, 0, CONST, 40, GLOBAL_GET, 0, LESS, OPCODE.brIf, 1];
  const branches = [
    (depth) => [...value(), OPCODE.brIf, next(depth)],
    (depth) => [...value(), OPCODE.brTable, 2, next(depth), next(depth), next(depth)],
    (depth) => [OPCODE.br, next(depth)],
  ];
  const nested = [
    (depth) => [OPCODE.block, VOID, ...statements(depth + 1), OPCODE.end],
    (depth) => [...value(), OPCODE.if, VOID, ...statements(depth + 1), OPCODE.end],
    (depth) => [
      ...value(),
      OPCODE.if,
      VOID,
      ...statements(depth + 1),
      OPCODE.else,
      ...statements(depth + 1),
      OPCODE.end,
    ],
    (depth) => {
      const again = next(2) === 0 ? [...value(), OPCODE.brIf, 0] : [];
      return [
        OPCODE.block,
        VOID,
        OPCODE.loop,
        VOID,
        ...round,
        ...statements(depth + 2),
        ...again,
        OPCODE.end,
        OPCODE.end,
      ];
    },
  ];
  const statement = (depth) => {
    const kind = next(10);
    if (kind < 6) return [...value(), ...set(anywhere())];
    if (kind < 7) return [...value(), DROP];
    if (kind < 8) return depth > 0 ? branches[next(branches.length)](depth) : [];
    return depth < 6 ? nested[next(nested.length)](depth) : [];
  };
  const statements = (depth) => Array.from({ length: 1 + next(6) }, () => statement(depth)).flat();
  const sum = types.flatMap((_, local) => [...get(local), CONST, local, ADD, XOR]);
  return functionOf(own, [...statements(0), ...statements(0), ...statements(0), CONST, 0, ...sum]);
}

/** What functions give for some numbers. */
function resultsOf(functions) {
  const sized = (id, ...parts) => {
    const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
    return [Buffer.from([id]), encoded(content.length), content];
  };
  const each = (item) => [encoded(functions.length), ...functions.map(item)];
  const name = (index) => Buffer.from(`f${String(index).padStart(4, '0')}`);
  const module = Buffer.concat([
    Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    ...sized(1, [1, 0x60, PARAMETERS.length, ...PARAMETERS, 1, I32]),
    ...sized(3, ...each(() => [0])),
    ...sized(6, [1, I32, 1, CONST, 0, OPCODE.end]),
    ...sized(
      7,
      encoded(functions.length + 1),
      [1, 0x67, 3, 0],
      ...each((_, index) => Buffer.concat([Buffer.from([5]), name(index), Buffer.from([0]), encoded(index)])).slice(1),
    ),
    ...sized(10, ...each(({ body }) => Buffer.concat([encoded(body.length), body]))),
  ]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  return functions.map((_, index) =>
    [
      [0, 0],
      [1, 2.5],
      [-7, 1e9],
      [123456, -3],
    ].map((numbers) => {
      exports.g.value = 0;
      return exports[name(index)](...numbers);
    }),
  );
}

const bytesOf = (functions) => functions.map(({ body }) => body.toString('hex'));

test('functions whose locals are rearranged give what they gave', () => {
  const functions = Array.from({ length: 400 }, (_, seed) => randomFunction(seed));
  const before = resultsOf(functions);
  assert.ok(new Set(before.flat()).size > 200);
  const after = rearrangeLocals(functions);
  assert.equal(resultsOf(after), before);
  assert.equal(bytesOf(rearrangeLocals(functions)), bytesOf(after));
  const differing = after.filter(({ body }, position) => !body.equals(functions[position].body));
  assert.ok(differing.length > functions.length / 2);
});

test('locals with numbers of two bytes stay apart', () => {
  const types = Array(200).fill(I32);
  const set = types.flatMap((_, local) => [CONST, local & 63, OPCODE.set, ...encoded(local + 2)]);
  const get = types.flatMap((_, local) => [OPCODE.get, ...encoded(local + 2), CONST, 1, ADD, XOR]);
  const before = [
    functionOf(types, [...set, CONST, 0, ...get]),
    functionOf([I32], [CONST, 5, OPCODE.set, 2, OPCODE.get, 2]),
  ];
  assert.equal(resultsOf(rearrangeLocals(before)), resultsOf(before));
});

test('functions whose locals are rearranged deflate better', () => {
  const functions = Array.from({ length: 100 }, (_, seed) => randomFunction(seed));
  const deflated = (all) => deflateRawSync(Buffer.concat(all.map(({ body }) => body)), { level: 9 }).length;
  assert.ok(deflated(rearrangeLocals(functions)) < deflated(functions));
});

test('as many locals of each type are declared as before', () => {
  const count = ({ body }) => {
    const counts = {};
    for (const { count, type } of declaredIn(body)[0]) counts[type] = (counts[type] ?? 0) + count;
    return counts;
  };
  const functions = Array.from({ length: 20 }, (_, seed) => randomFunction(seed));
  assert.equal(rearrangeLocals(functions).map(count), functions.map(count));
});

test('alignments are dropped, and nothing else', () => {
  const functions = [functionOf([], [OPCODE.get, 0, LOAD, 2, 0x80, 1, LOAD, 1, 2])];
  const [{ body }] = dropAlignments(functions);
  const expected = Buffer.from(functions[0].body);
  for (const { start } of immediatesOf(expected, ALIGNMENT)) expected[start] = 0;
  assert.is(body.toString('hex'), expected.toString('hex'));
  assert.is(body.filter((byte, at) => byte !== functions[0].body[at]).length, 2);
});

test('what is unknown is refused', () => {
  assert.throws(() => rearrangeLocals([functionOf([], [0x12, 0])]), /unknown opcode 18/);
  assert.throws(() => rearrangeLocals([functionOf([], [0xfc, 99])]), /unknown opcode 252 99/);
  assert.throws(() => dropAlignments([functionOf([], [LOAD, 64, 0, 0])]), /unknown alignment 64/);
});

/** A module with one function and one segment of memory, and the linker's map that names the parts of that. */
function moduleWithMemory(instructions, address, parts) {
  const sized = (bytes) => Buffer.concat([encoded(bytes.length), bytes]);
  const section = (id, ...content) => [
    Buffer.from([id]),
    sized(Buffer.concat(content.map((part) => Buffer.from(part)))),
  ];
  const memory = Buffer.concat(parts.map(({ bytes }) => Buffer.from(bytes, 'latin1')));
  const module = Buffer.concat([
    Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    ...section(SECTION.type, [1, 0x60, 0, 0]),
    ...section(SECTION.import, [0]),
    ...section(SECTION.function, [1, 0]),
    ...section(SECTION.code, [1], sized(functionOf([], instructions).body)),
    ...section(SECTION.data, [1, 0, CONST], encoded(address), [OPCODE.end], sized(memory)),
    ...section(SECTION.custom, sized(Buffer.from('name')), [1], sized(Buffer.from([1, 0, 1, 0x66]))),
  ]);
  const hexadecimal = (number) => number.toString(16).padStart(8);
  let at = address;
  const lines = parts.map(({ bytes, from }) => {
    const line = `${hexadecimal(at)} ${hexadecimal(at)} ${hexadecimal(bytes.length)}         ${from}`;
    at += bytes.length;
    return line;
  });
  return { module, map: [`       -      100      200 DATA`, ...lines].join('\n') };
}

test('of memory goes what nothing leads to, if it is text or the place of a panic', () => {
  const pointer = (address) => String.fromCharCode(address & 255, address >> 8, 0, 0);
  const object = (bytes) => ({ bytes, from: 'a.o:(.rodata..Lanon.1)' });
  const place = (address) => object(pointer(address) + pointer(4) + pointer(7) + pointer(9));
  const parts = [
    object('said by code'), // 1024
    object('said by none'), // 1036
    object('nameless'), // 1048
    object(pointer(1060)), // 1056
    object('said by what is used'), // 1060
    { bytes: 'one of many\0another one\0', from: '<internal>:(.rodata)' }, // 1080 and 1092
    object('b.rs'), // 1104
    place(1104),
    object('said by a half'), // 1124
  ];
  const instructions = [
    ...[CONST, ...encoded(1024), DROP],
    // To its middle, and by an offset.
    ...[CONST, ...encoded(1097), DROP, CONST, 0, LOAD, 0, ...encoded(1056), DROP],
    // With a length, in one number.
    ...[CONST_64, ...encoded(1124 * 2 ** 32 + 14), DROP],
  ];
  const { module, map } = moduleWithMemory(instructions, 1024, parts);
  const text = module.toString('latin1');
  assert.is(blankUnused(module, map), 4);
  const expected = ['said by none', 'one of many', 'b.rs', pointer(1104) + pointer(4) + pointer(7) + pointer(9)];
  const blanked = (all, part) => all.replace(part, '\0'.repeat(part.length));
  assert.is(module.toString('latin1'), expected.reduce(blanked, text));
});

test('assignments are the cheapest', () => {
  const orders = (items) =>
    items.length < 2
      ? [items]
      : items.flatMap((item) => orders(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
  const next = numbersFrom(0);
  for (let size = 1; size <= 6; size++) {
    for (let round = 0; round < 10; round++) {
      const costs = Array.from({ length: size }, () => Array.from({ length: size }, () => next(20)));
      const sum = (columns) => columns.reduce((all, column, row) => all + costs[row][column], 0);
      const least = Math.min(...orders([...Array(size).keys()]).map(sum));
      assert.is(sum(cheapest(costs)), least);
    }
  }
});

test.run();
