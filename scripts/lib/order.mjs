// Puts like functions of a module next to each other. Deflate finds what repeats only within 32 KiB, a small part of a
// module; the order of functions means nothing to those who run it.
import { functionsOf, withFunctions } from './wasm.mjs';

/** Bytes that are compared at a time. */
const GRAM = 6;
/** How far back, in bytes, functions count as near: less than deflate's window, of which the next function takes its part. */
const WINDOW = 24 * 1024;
/** What occurs in more functions than this says nothing of their likeness. */
const COMMON = 256;
/** Bytes that a function is taken to be longer than it is, so that the shortest are not likest to all. */
const SHORT = 20;

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
function likest(bodies) {
  const { strings, places } = stringsOf(bodies);
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
      const found = likeness[position] / (bodies[position].length + SHORT);
      if (found > best) [best, next] = [found, position];
    }
  }
  return order;
}

/** The module with names of functions whose alphabetical order puts like ones next to each other. */
export function nameByLikeness(module) {
  const functions = functionsOf(module);
  const names = [];
  for (const [rank, position] of likest(functions.map(({ body }) => body)).entries()) {
    names[position] = String(rank).padStart(6, '0');
  }
  return withFunctions(
    module,
    functions.map(({ index, body }, position) => ({ index, body, name: names[position] })),
  );
}
