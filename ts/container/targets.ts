import type { Plan } from '../generated/engine.js';
import type { Target } from '../plan.js';

/** A piece of a file as its stream sees it. */
export interface Use {
  start: number;
  length: number;
  file: number;
  offset: number;
}

/** For each stream the pieces that name it, by where they begin. */
export function usesOf(plan: Plan): Use[][] {
  const uses: Use[][] = plan.streams.map(() => []);
  let skeleton = 0;
  for (const [file, { pieces }] of plan.files.entries()) {
    let offset = 0;
    for (const piece of pieces) {
      const [stream, start, length] = piece.length === 2 ? [0, skeleton, piece[1]] : piece;
      if (stream === 0) skeleton += length;
      uses[stream]?.push({ start, length, file, offset });
      offset += length;
    }
  }
  for (const list of uses) list.sort((a, b) => a.start - b.start);
  return uses;
}

/**
 * Walks through a stream whose pieces are given: says of one range after the other where its decoded bytes go, by file,
 * offset there, first byte within the range, and length.
 */
export function walkOf(uses: Use[]): (start: number, end: number) => Target[] {
  let waiting = 0;
  let active: Use[] = [];
  return (start, end) => {
    for (; (uses[waiting]?.start ?? end) < end; waiting += 1) active.push(uses[waiting] as Use);
    active = active.filter((use) => use.start + use.length > start);
    return active.map((use) => {
      const from = Math.max(use.start, start);
      const to = Math.min(use.start + use.length, end);
      return [use.file, use.offset + from - use.start, from - start, to - from];
    });
  };
}
