import { TensorpressError } from '../errors.js';
import { tagOf } from '../realms.js';

/** The arrays that matrices are made of. */
interface Kinds {
  Float32Array: Float32Array;
  Int8Array: Int8Array;
  Uint8Array: Uint8Array;
  Uint32Array: Uint32Array;
}

function described(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `${typeof value} ${String(value)}`;
}

/** A number of rows or columns: the module's are of 32 bits. */
export function count(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw new TensorpressError(
    'invalid-option',
    `${name}: expected a whole number below 2^32, found ${described(value)}`,
  );
}

/** An array of numbers of one type; another type would be converted in silence, with other values. */
export function numbers<K extends keyof Kinds>(name: string, kind: K, value: unknown): Kinds[K] {
  if (tagOf(value) === kind) return value as Kinds[K];
  throw new TensorpressError('invalid-option', `${name}: expected a ${kind}, found ${described(value)}`);
}
