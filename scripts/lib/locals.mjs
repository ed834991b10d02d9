// Chooses which local holds what in a function, so that similar code names similar numbers, which deflates better. Where a
// value is held means nothing to those who run it, as long as nothing else is held there meanwhile; and the locals stay as
// many as they were.
//
// A number is worth what it takes to say it given the bytes around: the numbers that all other functions have between the
// same bytes, of few or many, tell how likely it is there. Function after function, the contents of locals change places such
// that all places together are likeliest; and again, for each changes what is likely in the others.
import { cheapest } from './assignment.mjs';
import { declaredIn, immediatesOf, LOCAL } from './instructions.mjs';
import { websOf } from './liveness.mjs';
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
const SWEEPS = 6;
/** Bits that an exchange must save. */
const WORTH = 0.01;
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

/**
 * A function: the types of its locals, parameters among them; its code in parts, between which it names what locals hold
 * (`websOf`); and where each web is (`homes`). Parameters that are needed stay (`fixed`), and what is zero to begin with
 * cannot be where a parameter was (`least` is the first local that may be a web's).
 */
function read({ parameters, body }) {
  const [groups, start] = declaredIn(body);
  const types = [...parameters, ...groups.flatMap(({ count, type }) => Array(count).fill(type))];
  const parts = [];
  let from = start;
  for (const { start, end } of immediatesOf(body, LOCAL)) {
    parts.push(body.subarray(from, start));
    from = end;
  }
  parts.push(body.subarray(from));
  const { places, homes, entering, conflicts } = websOf(body, types.length);
  const least = homes.map(() => 0);
  const fixed = new Set();
  for (const web of entering) {
    if (homes[web] < parameters.length) fixed.add(web);
    else least[web] = parameters.length;
  }
  return { parameters: parameters.length, types, parts, places, homes, least, fixed, conflicts };
}

/** The bytes of a function, and where in them it names locals. */
function written({ parameters, types, parts, places, homes }) {
  const groups = [];
  for (const type of types.slice(parameters)) {
    if (groups.at(-1)?.type === type) groups.at(-1).count++;
    else groups.push({ count: 1, type });
  }
  const bytes = [encoded(groups.length), ...groups.flatMap(({ count, type }) => [encoded(count), Buffer.from([type])])];
  let length = bytes.reduce((sum, part) => sum + part.length, 0);
  const sites = parts.slice(0, -1).map((part, place) => {
    const number = encoded(homes[places[place]]);
    bytes.push(part, number);
    length += part.length + number.length;
    return { start: length - number.length, end: length, web: places[place] };
  });
  return { body: Buffer.concat([...bytes, parts.at(-1)]), sites };
}

/** Moves whatever is in a local to another one of its type, which `numbers` gives for each local. */
function renumber(each, numbers) {
  const types = [];
  for (const [local, number] of numbers.entries()) types[number] = each.types[local];
  each.types = types;
  each.homes = each.homes.map((home) => numbers[home]);
}

/** Types side by side, and within a type what is named most often first. */
function sortByUse(each) {
  const { parameters, types, places, homes } = each;
  const uses = new Uint32Array(types.length);
  for (const web of places) uses[homes[web]]++;
  const own = [...types.keys()].slice(parameters);
  own.sort((a, b) => types[b] - types[a] || uses[b] - uses[a] || a - b);
  const numbers = [...types.keys()];
  for (const [position, local] of own.entries()) numbers[local] = parameters + position;
  renumber(each, numbers);
}

/** The bits that each web of a function takes in each local, in all its places. */
function costsOf(each, occurrences) {
  const { types, homes } = each;
  const costs = homes.map(() => new Float64Array(types.length));
  const likely = new Float64Array(types.length);
  const { body, sites } = written(each);
  for (const site of sites) {
    likely.fill(FLOOR);
    for (const around of AROUND) {
      const hash = hashAround(body, site, around);
      const all = occurrences[placeOf(hash, ANY)];
      if (all === 0) continue;
      for (let local = 0; local < likely.length; local++) {
        likely[local] = (likely[local] * CARRIED + occurrences[placeOf(hash, local)]) / (CARRIED + all);
      }
    }
    const row = costs[site.web];
    for (let local = 0; local < likely.length; local++) row[local] -= Math.log2(likely[local]);
  }
  return costs;
}

/** Gives the locals of a type each other's contents such that what is in them costs least. */
function permute(each, costs) {
  const { parameters, types, homes } = each;
  const sums = types.map(() => new Float64Array(types.length));
  for (const [web, home] of homes.entries()) for (const local of types.keys()) sums[home][local] += costs[web][local];
  const numbers = [...types.keys()];
  for (const type of new Set(types.slice(parameters))) {
    const locals = [...types.keys()].filter((local) => local >= parameters && types[local] === type);
    const columns = cheapest(locals.map((local) => locals.map((number) => sums[local][number])));
    for (const [row, local] of locals.entries()) numbers[local] = locals[columns[row]];
  }
  renumber(each, numbers);
}

/**
 * The webs that change places between their local and another where one of them does, for each would meet the next: a chain
 * of Kempe's. None where one of them cannot.
 */
function chainOf({ homes, least, fixed, conflicts }, web, local) {
  const home = homes[web];
  const chain = new Set([web]);
  for (const each of chain) {
    const next = homes[each] === home ? local : home;
    if (fixed.has(each) || next < least[each]) return undefined;
    for (const other of conflicts[each]) if (homes[other] === next) chain.add(other);
  }
  return chain;
}

/** Moves each web, with those it meets, to the local where they cost least. */
function exchange(each, costs) {
  const { types, homes } = each;
  for (let web = 0; web < homes.length; web++) {
    const home = homes[web];
    let [least, best, to] = [-WORTH, undefined, home];
    for (let local = 0; local < types.length; local++) {
      if (local === home || types[local] !== types[home]) continue;
      const chain = chainOf(each, web, local);
      if (chain === undefined) continue;
      let cost = 0;
      for (const other of chain)
        cost += costs[other][homes[other] === home ? local : home] - costs[other][homes[other]];
      if (cost < least) [least, best, to] = [cost, chain, local];
    }
    for (const other of best ?? []) homes[other] = homes[other] === home ? to : home;
  }
}

/** The functions (`{ parameters, body, … }`) with what they hold in other locals. */
export function rearrangeLocals(functions) {
  const occurrences = new Uint32Array(2 ** TABLE_BITS);
  const count = (each, step) => {
    const { body, sites } = written(each);
    for (const site of sites) {
      const home = each.homes[site.web];
      for (const around of AROUND) {
        const hash = hashAround(body, site, around);
        occurrences[placeOf(hash, home)] += step;
        occurrences[placeOf(hash, ANY)] += step;
      }
    }
  };
  const all = functions.map(read);
  for (const each of all) {
    sortByUse(each);
    count(each, 1);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const each of all) {
      count(each, -1);
      permute(each, costsOf(each, occurrences));
      exchange(each, costsOf(each, occurrences));
      count(each, 1);
    }
  }
  return functions.map((each, position) => ({ ...each, body: written(all[position]).body }));
}
