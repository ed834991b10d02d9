import { TensorpressError } from '../errors.js';

/** The archive contradicts the specification in `what`; `found` is what does, or what is said of it. */
export function corrupt(what: string, found: unknown): TensorpressError {
  const shown = typeof found === 'string' ? found : JSON.stringify(found);
  return new TensorpressError('corrupt', `corrupt ${what}: ${shown}`);
}

/** Goes on only if what must be so is so. */
export function demand(holds: boolean, what: string, found: unknown): void {
  if (!holds) throw corrupt(what, found);
}

/** Refuses what is above a named limit. */
export function within(name: string, most: number, found: number, advice = ''): void {
  if (found > most) throw new TensorpressError('limit', `limit ${name} of ${most} exceeded: ${found}${advice}`);
}

/** Refuses to go on with fewer bytes than needed. */
export function needs(what: string, needed: number, found: number): void {
  if (needed <= found) return;
  throw new TensorpressError('truncated', `truncated ${what}: needs ${needed} bytes, found ${found}`);
}
