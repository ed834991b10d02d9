// Where panics would say that they happened, which a module that traps without a word never reads: the compiler has no
// stable way to leave it out.

/** The number of the section that holds data. */
const DATA = 11;
/** A path of a source, as the compiler writes them: with a zero behind it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the zero ends the path.
const SOURCE = /(?:crates|\/[\w./-]+)\/[\w./-]+\.rs\x00/g;
/** Bytes of a place: pointer to the path, its length, line and column. */
const PLACE = 16;

/** A number in LEB128 and where it ends. */
function leb128(bytes, at) {
  let [value, shift, end] = [0, 0, at];
  for (;;) {
    const byte = bytes[end++];
    value += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte < 128) return [value, end];
  }
}

/** The active segments of a module's memory: their addresses, and where they lie in the module. */
function segmentsOf(module) {
  const segments = [];
  for (let at = 8; at < module.length; ) {
    const id = module[at];
    const [length, start] = leb128(module, at + 1);
    at = start + length;
    if (id !== DATA) continue;
    let [count, next] = leb128(module, start);
    for (; count > 0; count--) {
      // Memory 0, at what i32.const gives.
      if (module[next] !== 0 || module[next + 1] !== 0x41) throw new Error('a segment of data of an unknown kind');
      const [address, behind] = leb128(module, next + 2);
      const [size, first] = leb128(module, behind + 1);
      segments.push({ address, bytes: module.subarray(first, first + size) });
      next = first + size;
    }
  }
  return segments;
}

/**
 * Fills places of panics, and the paths of sources that they name, with zeros, which compress to nothing. What is taken for a
 * place has a pointer to such a path and exactly its length. Gives the number of places.
 */
export function blankPanicPlaces(module) {
  const segments = segmentsOf(module);
  const paths = [];
  for (const { address, bytes } of segments) {
    for (const { index, 0: path } of Buffer.from(bytes).toString('latin1').matchAll(SOURCE)) {
      paths.push({
        address: address + index,
        length: path.length - 1,
        bytes: bytes.subarray(index, index + path.length),
      });
    }
  }
  const lengths = new Map(paths.map(({ address, length }) => [address, length]));
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
