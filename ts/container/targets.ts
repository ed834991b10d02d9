import type { Plan } from '../generated/engine.js';
import type { Target } from '../plan.js';
import { within } from './faults.js';
import { MAX_TARGETS } from './limits.js';

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

/** Gives the targets of one range of a stream after the other, and counts them. */
export class Walk {
  #count = 0;
  #waiting = 0;
  #active: Use[] = [];
  #uses: Use[] = [];

  /** Turns to another stream. */
  enter(uses: Use[]): void {
    [this.#uses, this.#waiting, this.#active] = [uses, 0, []];
  }

  /** Where the decoded bytes from `start` to `end` go: file, offset there, first byte within the range, length. */
  next(start: number, end: number): Target[] {
    for (; (this.#uses[this.#waiting]?.start ?? end) < end; this.#waiting += 1) {
      this.#active.push(this.#uses[this.#waiting] as Use);
    }
    this.#active = this.#active.filter((use) => use.start + use.length > start);
    this.#count += this.#active.length;
    within('MAX_TARGETS', MAX_TARGETS, this.#count);
    return this.#active.map((use) => {
      const from = Math.max(use.start, start);
      const to = Math.min(use.start + use.length, end);
      return [use.file, use.offset + from - use.start, from - start, to - from];
    });
  }
}
