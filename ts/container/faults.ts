import { type ErrorCode, TensorpressError } from '../errors.js';

/** The archive contradicts the specification in `what`; `found` is what does, or what is said of it. */
export function corrupt(what: string, found: unknown): TensorpressError {
  const shown = typeof found === 'string' ? found : JSON.stringify(found);
  return new TensorpressError('corrupt', `corrupt ${what}: ${shown}`);
}

/** Goes on only if what must be so is so. */
export function demand(holds: boolean, what: string, found: unknown): void {
  if (!holds) throw corrupt(what, found);
}

/** Goes on only with what may be an archive; other files are known by their first bytes. */
export function demandArchive(may: boolean, code: ErrorCode = 'corrupt'): void {
  if (!may) throw new TensorpressError(code, 'this is no tensorpress archive, which compress makes');
}

/** Refuses what is above a named limit. */
export function within(name: string, most: number, found: number): void {
  if (found > most) throw new TensorpressError('limit', `limit ${name} of ${most} exceeded: ${found}`);
}

/** Refuses to go on with fewer bytes than needed. */
export function needs(what: string, needed: number, found: number): void {
  if (needed <= found) return;
  throw new TensorpressError('truncated', `truncated ${what}: needs ${needed} bytes, found ${found}`);
}
