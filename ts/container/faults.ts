import { TensorpressError } from '../errors.js';

/** The archive contradicts the specification in `what`. */
export function corrupt(what: string, detail: string): TensorpressError {
  return new TensorpressError('corrupt', `corrupt ${what}: ${detail}`);
}

/** Refuses what is above a named limit. */
export function within(name: string, most: number, found: number): void {
  if (found > most) throw new TensorpressError('limit', `limit ${name} of ${most} exceeded: ${found}`);
}

/** Fewer bytes than needed. */
export function truncated(what: string, needed: number, found: number): TensorpressError {
  return new TensorpressError('truncated', `truncated ${what}: needs ${needed} bytes, found ${found}`);
}
