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

/** Opcodes that decide what comes next, and those that name locals. */
export const OPCODE = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
};

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

/** An immediate at `at`: its kind, numbers (none for bytes), and where it ends. */
function immediateAt(kind, body, at) {
  if (typeof kind === 'number') return { kind, values: [], start: at, end: at + kind };
  let [count, end] = kind === NUMBERS ? leb128(body, at) : [1, at];
  const values = [];
  for (; count > 0; count--) {
    const [value, behind] = leb128(body, end);
    values.push(value);
    end = behind;
  }
  return { kind, values, start: at, end };
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

/** The instructions of a function: `{ opcode, immediates }`, where an immediate is `{ kind, values, start, end }`. */
export function instructionsOf(body) {
  const instructions = [];
  for (let [, at] = declaredIn(body); at < body.length; ) {
    const opcode = body[at];
    const [second, end] = opcode in PREFIXED ? leb128(body, at + 1) : [undefined, at + 1];
    const kinds = second === undefined ? PLAIN[opcode] : PREFIXED[opcode][second];
    if (kinds === undefined) throw new Error(`an instruction of the unknown opcode ${opcode} ${second ?? ''}`);
    at = end;
    const immediates = kinds.map((kind) => {
      const immediate = immediateAt(kind, body, at);
      at = immediate.end;
      return immediate;
    });
    instructions.push({ opcode, immediates });
  }
  return instructions;
}

/** Immediates of one kind in a function, `LOCAL` or `ALIGNMENT`: `{ start, end, value }`. */
export function immediatesOf(body, wanted) {
  return instructionsOf(body).flatMap(({ immediates }) =>
    immediates.filter(({ kind }) => kind === wanted).map(({ start, end, values: [value] }) => ({ start, end, value })),
  );
}
