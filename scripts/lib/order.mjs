// Puts similar functions of a module next to each other. Deflate finds repetitions only within 32 KiB, a small part of a
// module; to engines the order of functions means nothing.
import { deflateRawSync } from 'node:zlib';
import { functionsOf, withFunctions } from './wasm.mjs';

/** Bytes that are compared at a time. */
const GRAM = 6;
/** How far back, in bytes, functions count as near: less than deflate's window, of which the next function takes its part. */
const WINDOW = 24 * 1024;
/** What occurs in more functions than this says nothing of their likeness. */
const COMMON = 256;
/**
 * Bytes that a function is taken to be longer than it is, so that the shortest are not the most similar to all. Which number
 * is best depends on the module, as if by chance: all are tried.
 */
const HANDICAPS = [5, 12, 18, 20];
/** Functions that are then moved one by one to see whether that is better. */
const MOVES = 2000;
/** Of so many most similar functions one is chosen as the new neighbour. */
const NEIGHBOURS = 4;

/** For each function the numbers of the strings of bytes that it has in common with others; and for each string, where it occurs. */
function stringsOf(bodies) {
  const numbers = new Map();
  const places = [];
  for (const [position, body] of bodies.entries()) {
    const text = body.toString('latin1');
    for (let at = 0; at + GRAM <= text.length; at++) {
      const gram = text.slice(at, at + GRAM);
      const number = numbers.get(gram);
      if (number === undefined) {
        numbers.set(gram, places.length);
        places.push([position]);
      } else if (places[number].at(-1) !== position) places[number].push(position);
    }
  }
  const shared = places.filter(({ length }) => length > 1 && length <= COMMON);
  const strings = bodies.map(() => []);
  for (const [number, positions] of shared.entries()) for (const position of positions) strings[position].push(number);
  return { strings, places: shared };
}

/** The order, as positions: from the longest function on, always the one that shares most with those just before it, for its length. */
function orderBySimilarity(bodies, { strings, places }, handicap) {
  const near = new Uint32Array(places.length);
  const likeness = new Float64Array(bodies.length);
  const count = (position, step) => {
    for (const number of strings[position]) {
      const before = near[number];
      near[number] += step;
      if (before !== 0 && near[number] !== 0) continue;
      // What few functions share weighs more.
      const weight = step / places[number].length;
      for (const other of places[number]) likeness[other] += weight;
    }
  };
  const left = new Set(bodies.keys());
  const order = [];
  let [size, first] = [0, 0];
  let next = bodies.reduce((longest, { length }, at) => (length > bodies[longest].length ? at : longest), 0);
  while (left.delete(next)) {
    order.push(next);
    count(next, 1);
    size += bodies[next].length;
    while (size > WINDOW && first < order.length - 1) {
      size -= bodies[order[first]].length;
      count(order[first++], -1);
    }
    let best = -1;
    for (const position of left) {
      const found = likeness[position] / (bodies[position].length + handicap);
      if (found > best) [best, next] = [found, position];
    }
  }
  return order;
}

const deflatedSize = (bodies, order) =>
  deflateRawSync(Buffer.concat(order.map((position) => bodies[position])), { level: 9 }).length;

/** The functions that share most with one, for their length. */
function mostSimilar(position, bodies, { strings, places }, handicap) {
  const likeness = new Map();
  for (const number of strings[position]) {
    for (const other of places[number]) likeness.set(other, (likeness.get(other) ?? 0) + 1 / places[number].length);
  }
  likeness.delete(position);
  const ranked = [...likeness].map(([other, shared]) => [shared / (bodies[other].length + handicap), other]);
  return ranked.sort(([a], [b]) => b - a).slice(0, NEIGHBOURS);
}

/** Moves random functions before or behind similar ones, and leaves them there where the whole then deflates no worse. */
function improve(bodies, shared, { order, size, handicap }) {
  // The same numbers in each build (a linear congruential generator, as in Numerical Recipes).
  let state = 1;
  const below = (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  for (let move = 0; move < MOVES; move++) {
    const at = below(order.length);
    const neighbours = mostSimilar(order[at], bodies, shared, handicap);
    if (neighbours.length === 0) continue;
    const [, neighbour] = neighbours[below(neighbours.length)];
    const moved = order.toSpliced(at, 1);
    moved.splice(moved.indexOf(neighbour) + below(2), 0, order[at]);
    const found = deflatedSize(bodies, moved);
    if (found <= size) [order, size] = [moved, found];
  }
  return order;
}

/** Of the orders with each handicap the one whose bodies deflate best, improved. */
function bestOrder(bodies) {
  const shared = stringsOf(bodies);
  const orders = HANDICAPS.map((handicap) => {
    const order = orderBySimilarity(bodies, shared, handicap);
    return { order, size: deflatedSize(bodies, order), handicap };
  });
  const best = orders.reduce((best, next) => (next.size < best.size ? next : best));
  return improve(bodies, shared, best);
}

/** The module with names of functions whose alphabetical order puts similar ones next to each other. */
export function nameBySimilarity(module) {
  const functions = functionsOf(module);
  const names = [];
  for (const [rank, position] of bestOrder(functions.map(({ body }) => body)).entries()) {
    names[position] = String(rank).padStart(6, '0');
  }
  return withFunctions(
    module,
    functions.map(({ index, body }, position) => ({ index, body, name: names[position] })),
  );
}
