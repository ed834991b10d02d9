// Renumbers the locals of functions so that similar code names similar ones, which deflates better. Which number a local
// has means nothing to those who run it.
//
// A number is worth what it takes to say it given the bytes around: the numbers that all other functions have between the
// same bytes, of few or many, tell how likely it is there. A function's locals are given the numbers that are likeliest in
// all their places together, function after function, and again, for each changes what is likely in the others.
import { cheapest } from './assignment.mjs';
import { declaredIn, immediatesOf, LOCAL } from './instructions.mjs';
import { encoded } from './wasm.mjs';

/** How many bytes before and behind a local's number are looked at together; of those that are known the last say most. */
const AROUND = [
  [1, 0],
  [3, 0],
  [5, 0],
  [1, 1],
  [3, 1],
  [1, 3],
  [3, 3],
];
/** How often each function is looked at. */
const SWEEPS = 4;
/** What is likely where nothing is known. */
const FLOOR = 2 ** -11;
/** What fewer bytes made likely counts as this many occurrences. */
const CARRIED = 2;

/** How often numbers occurred between bytes, by hash: few enough that two rarely share a place. */
const TABLE_BITS = 24;
/** Stands for all numbers together. */
const ANY = 0xffff;

/** The places of numbers in tables of occurrences, from a hash of what is around. */
function placeOf(around, number) {
  const mixed = Math.imul(around ^ Math.imul(number + 1, 0x9e3779b1), 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> (32 - TABLE_BITS);
}

/** A hash of the bytes around what lies from `start` to `end`. */
function hashAround(body, { start, end }, [before, behind]) {
  let hash = before * 16 + behind;
  for (let at = start - before; at < start; at++) hash = Math.imul(hash ^ body[at], 0x01000193);
  for (let at = end; at < end + behind; at++) hash = Math.imul(hash ^ body[at], 0x01000193);
  return hash;
}

/** A function as this file sees it: which of its own locals have which type, and its body. */
function read({ parameters, body }) {
  const types = declaredIn(body)[0].flatMap(({ count, type }) => Array(count).fill(type));
  return { parameters, types, body };
}

/** The function with other numbers of its own locals: `numbers` by the present ones, both counted from 0. */
function renumbered({ parameters, types, body }, numbers) {
  const next = [];
  for (const [local, number] of numbers.entries()) next[number] = types[local];
  const groups = [];
  for (const type of next) {
    if (groups.at(-1)?.type === type) groups.at(-1).count++;
    else groups.push({ count: 1, type });
  }
  const parts = [encoded(groups.length), ...groups.flatMap(({ count, type }) => [encoded(count), Buffer.from([type])])];
  let [, at] = declaredIn(body);
  for (const { start, end, value } of immediatesOf(body, LOCAL)) {
    parts.push(
      body.subarray(at, start),
      value < parameters ? body.subarray(start, end) : encoded(parameters + numbers[value - parameters]),
    );
    at = end;
  }
  return { parameters, types: next, body: Buffer.concat([...parts, body.subarray(at)]) };
}

/** Types side by side, and within a type what is named most often first. */
function byUse(each) {
  const uses = new Uint32Array(each.types.length);
  for (const { value } of immediatesOf(each.body, LOCAL)) if (value >= each.parameters) uses[value - each.parameters]++;
  const order = [...uses.keys()].sort((a, b) => each.types[b] - each.types[a] || uses[b] - uses[a] || a - b);
  const numbers = [];
  for (const [number, local] of order.entries()) numbers[local] = number;
  return renumbered(each, numbers);
}

/** The bits that each own local of a function takes as each number, in all its places. */
function costsOf({ parameters, types, body }, occurrences) {
  const costs = types.map(() => new Float64Array(types.length));
  const likely = new Float64Array(types.length);
  for (const site of immediatesOf(body, LOCAL)) {
    if (site.value < parameters) continue;
    likely.fill(FLOOR);
    for (const around of AROUND) {
      const hash = hashAround(body, site, around);
      const all = occurrences[placeOf(hash, ANY)];
      if (all === 0) continue;
      for (let number = 0; number < likely.length; number++) {
        const here = occurrences[placeOf(hash, parameters + number)];
        likely[number] = (likely[number] * CARRIED + here) / (CARRIED + all);
      }
    }
    const row = costs[site.value - parameters];
    for (let number = 0; number < likely.length; number++) row[number] -= Math.log2(likely[number]);
  }
  return costs;
}

/** The function with the numbers that cost least. */
function likeliest(each, occurrences) {
  const costs = costsOf(each, occurrences);
  const numbers = [];
  for (const type of new Set(each.types)) {
    const locals = [...each.types.keys()].filter((local) => each.types[local] === type);
    const columns = cheapest(locals.map((local) => locals.map((number) => costs[local][number])));
    for (const [row, local] of locals.entries()) numbers[local] = locals[columns[row]];
  }
  return renumbered(each, numbers);
}

/** The functions (`{ parameters, body, … }`) with other numbers of their locals. */
export function renumberLocals(functions) {
  const occurrences = new Uint32Array(2 ** TABLE_BITS);
  const count = ({ body }, step) => {
    for (const site of immediatesOf(body, LOCAL)) {
      for (const around of AROUND) {
        const hash = hashAround(body, site, around);
        occurrences[placeOf(hash, site.value)] += step;
        occurrences[placeOf(hash, ANY)] += step;
      }
    }
  };
  const all = functions.map((each) => byUse(read(each)));
  for (const each of all) count(each, 1);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const [position, each] of all.entries()) {
      count(each, -1);
      all[position] = likeliest(each, occurrences);
      count(all[position], 1);
    }
  }
  return functions.map((each, position) => ({ ...each, body: all[position].body }));
}
