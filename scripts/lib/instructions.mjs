// Instructions of WebAssembly: which immediates follow each opcode. Known are those of the first version, bulk memory, sign
// extension, conversions that saturate, several tables, references and simd128; whatever else is refused.
import { leb128 } from './wasm.mjs';

/** What follows an opcode. Numbers are LEB128; `bytes` are as many bytes as they are. */
const NUMBER = 'number';
const NUMBERS = 'numbers';
const [BYTE, FOUR, EIGHT, SIXTEEN] = [1, 4, 8, 16];
/** The number of a local, the exponent of an access's alignment; what the build rewrites has a name of its own. */
export const LOCAL = 'local';
export const ALIGNMENT = 'alignment';
/** An access: alignment and offset. */
const ACCESS = [ALIGNMENT, NUMBER];

/** Opcodes that precede a second one. */
const [BULK, VECTOR] = [0xfc, 0xfd];

/** A table of immediates from ranges of opcodes, both ends included. */
function tableOf(ranges) {
  const table = [];
  for (const [first, last, ...immediates] of ranges) {
    for (let opcode = first; opcode <= last; opcode++) table[opcode] = immediates;
  }
  return table;
}

const PLAIN = tableOf([
  [0x00, 0x01], // unreachable, nop
  [0x02, 0x04, NUMBER], // block, loop, if: a type
  [0x05, 0x05], // else
  [0x0b, 0x0b], // end
  [0x0c, 0x0d, NUMBER], // br, br_if
  [0x0e, 0x0e, NUMBERS, NUMBER], // br_table
  [0x0f, 0x0f], // return
  [0x10, 0x10, NUMBER], // call
  [0x11, 0x11, NUMBER, NUMBER], // call_indirect: a type and a table
  [0x1a, 0x1b], // drop, select
  [0x1c, 0x1c, NUMBERS], // select of a type
  [0x20, 0x22, LOCAL], // local.get, .set, .tee
  [0x23, 0x26, NUMBER], // global.get, .set, table.get, .set
  [0x28, 0x3e, ...ACCESS], // loads and stores
  [0x3f, 0x40, NUMBER], // memory.size, .grow
  [0x41, 0x42, NUMBER], // i32.const, i64.const
  [0x43, 0x43, FOUR], // f32.const
  [0x44, 0x44, EIGHT], // f64.const
  [0x45, 0xc4], // arithmetic, conversions, sign extension
  [0xd0, 0xd0, NUMBER], // ref.null
  [0xd1, 0xd1], // ref.is_null
  [0xd2, 0xd2, NUMBER], // ref.func
]);

const PREFIXED = {
  [BULK]: tableOf([
    [0, 7], // conversions that saturate
    [8, 8, NUMBER, NUMBER], // memory.init
    [9, 9, NUMBER], // data.drop
    [10, 10, NUMBER, NUMBER], // memory.copy
    [11, 11, NUMBER], // memory.fill
    [12, 12, NUMBER, NUMBER], // table.init
    [13, 13, NUMBER], // elem.drop
    [14, 14, NUMBER, NUMBER], // table.copy
    [15, 17, NUMBER], // table.grow, .size, .fill
  ]),
  [VECTOR]: tableOf([
    [0, 11, ...ACCESS], // loads and a store of whole vectors
    [12, 13, SIXTEEN], // v128.const, i8x16.shuffle
    [14, 20], // swizzle, splat
    [21, 34, BYTE], // lanes
    [35, 83], // comparisons, bits
    [84, 91, ...ACCESS, BYTE], // loads and stores of lanes
    [92, 93, ...ACCESS], // loads with zeros around
    [94, 255], // arithmetic; what has no meaning does not validate
  ]),
};

/** Where an immediate ends. */
function endOf(immediate, body, at) {
  if (typeof immediate === 'number') return at + immediate;
  if (immediate !== NUMBERS) return leb128(body, at)[1];
  let [count, end] = leb128(body, at);
  for (; count > 0; count--) [, end] = leb128(body, end);
  return end;
}

/** The immediates of the opcode at `at`, and where they begin. */
function opcodeAt(body, at) {
  const first = body[at];
  const [second, end] = first in PREFIXED ? leb128(body, at + 1) : [undefined, at + 1];
  const immediates = second === undefined ? PLAIN[first] : PREFIXED[first][second];
  if (immediates === undefined) throw new Error(`an instruction of the unknown opcode ${first} ${second ?? ''}`);
  return [immediates, end];
}

/** The groups of locals that a function declares, `{ count, type }`, and where its instructions begin. */
export function declaredIn(body) {
  let [count, at] = leb128(body, 0);
  const groups = [];
  for (; count > 0; count--) {
    const [number, end] = leb128(body, at);
    groups.push({ count: number, type: body[end] });
    at = end + 1;
  }
  return [groups, at];
}

/** Immediates of one kind in a function, `LOCAL` or `ALIGNMENT`: `{ start, end, value }`. */
export function immediatesOf(body, kind) {
  const found = [];
  for (let [, at] = declaredIn(body); at < body.length; ) {
    const [immediates, first] = opcodeAt(body, at);
    at = first;
    for (const immediate of immediates) {
      const start = at;
      at = endOf(immediate, body, at);
      if (immediate === kind) found.push({ start, end: at, value: leb128(body, start)[0] });
    }
  }
  return found;
}
