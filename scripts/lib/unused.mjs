// What a module's memory holds and nothing leads to any more: what panics would have said, and where they happened. The
// linker's map tells what lies where, and instructions and what they lead to hold all addresses that are of use.
import { instructionsOf } from './instructions.mjs';
import { functionsOf, leb128, SECTION, sectionsOf } from './wasm.mjs';

/** A line of the linker's map that is a part of memory: address, place in the file, size, and where it comes from. */
const MAPPED = /^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +(.*):\((\.rodata|\.data)/;
/** Where the map's memory begins. */
const MEMORY = / DATA$/m;
/** What the linker made of many texts that end in a zero. */
const MERGED = '<internal>';
/** Text that is no name, and the path of a source. A table may be read from before its beginning; text is not. */
const TEXT = / |\.rs\0?$/;
/** Bytes of the place of a panic: pointer to the path of the source, its length, line and column. */
const PLACE = 16;
const POINTER = 4;

/** The active segments of a module's memory: their addresses and bytes, which are views of the module. */
function segmentsOf(module) {
  const segments = [];
  for (const { content } of sectionsOf(module).filter(({ id }) => id === SECTION.data)) {
    let [count, next] = leb128(content, 0);
    for (; count > 0; count--) {
      // Memory 0, at what i32.const gives.
      if (content[next] !== 0 || content[next + 1] !== 0x41) throw new Error('a segment of data of an unknown kind');
      const [address, behind] = leb128(content, next + 2);
      const [size, first] = leb128(content, behind + 1);
      segments.push({ address, bytes: content.subarray(first, first + size) });
      next = first + size;
    }
  }
  return segments;
}

/** The objects that a map names, `{ address, bytes }`, in the order of their addresses; bytes are copies. */
function objectsOf(map, segments) {
  const end = Math.max(...segments.map(({ address, bytes }) => address + bytes.length));
  const memory = Buffer.alloc(end);
  for (const { address, bytes } of segments) bytes.copy(memory, address);
  const objects = [];
  const add = (first, last) => objects.push({ address: first, bytes: memory.subarray(first, last) });
  for (const line of map.slice(map.search(MEMORY)).split('\n')) {
    const [, address, size, origin] = MAPPED.exec(line) ?? [];
    if (address === undefined) continue;
    let first = Number.parseInt(address, 16);
    const last = Math.min(first + Number.parseInt(size, 16), end);
    if (origin.trim() === MERGED) {
      for (let zero = memory.indexOf(0, first); zero !== -1 && zero < last; zero = memory.indexOf(0, first)) {
        add(first, zero + 1);
        first = zero + 1;
      }
    }
    if (first < last) add(first, last);
  }
  return objects.sort((a, b) => a.address - b.address);
}

/** All numbers in instructions that may be addresses, be it two in one. */
function* numbersIn(module) {
  for (const { body } of functionsOf(module)) {
    for (const { immediates } of instructionsOf(body)) {
      for (const { values, start, end } of immediates) {
        // Of a vector the bytes, of 64 bits both halves, which a sum of doubles would not hold exactly.
        if (values.length === 0) for (let at = start; at + POINTER <= end; at += POINTER) yield body.readUInt32LE(at);
        else if (end - start > POINTER + 1) yield* halvesOf(body.subarray(start, end));
        else yield* values;
      }
    }
  }
}

/** The two halves of a number of 64 bits in LEB128. */
function halvesOf(bytes) {
  let number = 0n;
  for (const [index, byte] of bytes.entries()) number |= BigInt(byte & 127) << BigInt(7 * index);
  return [Number(BigInt.asUintN(32, number)), Number(BigInt.asUintN(32, number >> 32n))];
}

/** The object that an address lies in. */
function objectAt(objects, address) {
  let [low, high] = [0, objects.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { address: first, bytes } = objects[middle];
    if (first + bytes.length <= address) low = middle + 1;
    else high = middle;
  }
  const found = objects[low];
  return found !== undefined && found.address <= address ? found : undefined;
}

/** The objects that instructions lead to, at once or by what these hold. */
function usedOf(objects, numbers) {
  const used = new Set();
  const add = (address) => {
    const object = objectAt(objects, address);
    if (object !== undefined) used.add(object);
  };
  for (const number of numbers) add(number);
  // A set gives what is added while it is walked, too.
  for (const { bytes } of used) for (let at = 0; at + POINTER <= bytes.length; at++) add(bytes.readUInt32LE(at));
  return used;
}

/**
 * Fills with zeros, which compress to nothing, the text and the places of panics that nothing leads to, of a module that
 * names its functions and the linker's map of it. Gives the number of objects.
 */
export function blankUnused(module, map) {
  const segments = segmentsOf(module);
  const objects = objectsOf(map, segments);
  const used = usedOf(objects, numbersIn(module));
  const isText = ({ bytes }) => TEXT.test(bytes.toString('latin1'));
  const isPlace = ({ bytes }) => {
    const path = bytes.length === PLACE ? objectAt(objects, bytes.readUInt32LE(0)) : undefined;
    return path !== undefined && !used.has(path) && isText(path);
  };
  const unused = objects.filter((object) => !used.has(object) && (isText(object) || isPlace(object)));
  for (const { address, bytes } of unused) {
    for (const segment of segments) {
      const first = Math.max(address - segment.address, 0);
      const last = Math.min(address + bytes.length - segment.address, segment.bytes.length);
      if (first < last) segment.bytes.fill(0, first, last);
    }
  }
  return unused.length;
}
