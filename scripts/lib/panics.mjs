// A panic traps: no module says what went wrong, for there is nobody to say it to but the JavaScript that called. So neither
// what panics do before nor what they would say and where they happened is of use. The compiler has no stable way to leave
// it out.
import { functionsOf, leb128, SECTION, sectionsOf, withFunctions } from './wasm.mjs';

/** What does nothing but panic in the standard library, by its path without hashes and types. */
const PANIC =
  /^<?(core::panicking::\w|__rustc::rust_begin_unwind$|(core|alloc|std)::[\w:<>, ]*::(\w+_fail(_rt)?|\w+_failed|panic_\w+|handle_error|handle_alloc_error|capacity_overflow)$)/;
/** Instructions of a function that traps: no locals, `unreachable`, the end. */
const TRAP = Buffer.from([0, 0, 11]);

/** A path of a source, as the compiler writes them: with a zero behind it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the zero ends the path.
const SOURCE = /(?:crates|\/[\w./-]+)\/[\w./-]+\.rs\x00/g;
/** Messages, with the bytes that stand for values in them and those between. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: lengths of parts are among the text.
const MESSAGE = /[\x01-\x7f\xc0]{12,}/g;
/** Bytes of a place: pointer to the path, its length, line and column. */
const PLACE = 16;

/** The active segments of a module's memory: their addresses, and where they lie in the module. */
function segmentsOf(sections) {
  const segments = [];
  for (const { content } of sections.filter(({ id }) => id === SECTION.data)) {
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

const textOf = (bytes) => Buffer.from(bytes).toString('latin1');

/** What a pattern finds in segments, where it lies in memory, and its bytes. */
function found(segments, pattern) {
  return segments.flatMap(({ address, bytes }) =>
    [...textOf(bytes).matchAll(pattern)].map(({ index, 0: text }) => {
      return { text, address: address + index, bytes: bytes.subarray(index, index + text.length) };
    }),
  );
}

/** Fills the paths of sources and the places that name them with zeros. Gives the number of places. */
function blankPlaces(segments) {
  const paths = found(segments, SOURCE);
  const lengths = new Map(paths.map(({ address, text }) => [address, text.length - 1]));
  let places = 0;
  for (const { address, bytes } of segments) {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = -address & 3; at + PLACE <= bytes.length; at += 4) {
      const length = lengths.get(words.getUint32(at, true));
      if (length === undefined || length !== words.getUint32(at + 4, true)) continue;
      bytes.fill(0, at, at + PLACE);
      places++;
    }
  }
  for (const { bytes } of paths) bytes.fill(0);
  return places;
}

/** An address as instructions hold it, as a constant or as what is added to one. */
function encodings(address) {
  const encode = (last) => {
    const bytes = [];
    let rest = address;
    for (; rest >= last; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    return String.fromCharCode(...bytes, rest);
  };
  // Constants are signed.
  return [encode(64), encode(128)];
}

/** Fills with zeros what reads as a message and no instruction or pointer leads to, be it to its middle. */
function blankMessages(segments, code) {
  const pointers = new Set();
  for (const { bytes } of segments) {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 4 <= bytes.length; at++) pointers.add(words.getUint32(at, true));
  }
  for (const { address, text, bytes } of found(segments, MESSAGE)) {
    if (!/ .* /s.test(text)) continue;
    const addresses = Array.from(text, (_, at) => address + at);
    const isUsed = (at) => pointers.has(at) || encodings(at).some((bytes) => code.includes(bytes));
    if (!addresses.some(isUsed)) bytes.fill(0);
  }
}

/** The module with functions that trap at once for those that panic; then wasm-opt leaves out what these would have been told. */
export function trapPanics(module) {
  const functions = functionsOf(module).map((each) => {
    const path = each.name.replace(/\[[0-9a-f]+\]/g, '').replace(/::(h[0-9a-f]{16}|<.*>)$/, '');
    return PANIC.test(path) ? { ...each, body: TRAP } : each;
  });
  return withFunctions(module, functions);
}

/**
 * Fills with zeros, which compress to nothing, where panics would say that they happened: places, and the paths of sources
 * that these name. What is taken for a place has a pointer to such a path and exactly its length. In a module that says
 * nothing in words it fills messages too, which are text that no pointer leads to; where there are messages to be told, what
 * stands between values would look the same. Gives the number of places.
 */
export function blankPanics(module, { wordless }) {
  const sections = sectionsOf(module);
  const segments = segmentsOf(sections);
  const places = blankPlaces(segments);
  if (wordless) blankMessages(segments, textOf(sections.find(({ id }) => id === SECTION.code).content));
  return places;
}
