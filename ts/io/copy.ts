const PAGE = 4096;

/** How far behind its source, within their pages, a target may begin for the copy to crawl, and how little we know. */
const BEHIND = 64;
const UNKNOWN = 16;

/** Bytes that are copied with ordinary moves, however they lie. */
const PIECE = 2048;

/**
 * Copies `source` into `target` at an offset; one of the two lies in the engine's memory.
 *
 * Copies of many kilobytes end in the processor's string move, which on some takes ten times as long where the target
 * begins a few bytes behind the source, counted within their pages. The engine's memory begins with a page, large arrays
 * with one or 16 bytes into one. What would crawl is copied in pieces too short for that instruction.
 */
export function copyBytes(source: Uint8Array, target: Uint8Array, offset: number): void {
  const distance = (target.byteOffset + offset - source.byteOffset + UNKNOWN) & (PAGE - 1);
  if (source.length <= PAGE || distance > BEHIND + 2 * UNKNOWN) {
    target.set(source, offset);
    return;
  }
  for (let at = 0; at < source.length; at += PIECE) target.set(source.subarray(at, at + PIECE), offset + at);
}

/** The bytes of all parts, one behind the other: the part itself where there is but one. */
export function joined(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
