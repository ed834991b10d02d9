import { TensorpressError } from '../errors.js';

/** A module with one function that uses a vector: it validates only where simd128 is there. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Whether this runtime has simd128. Browsers that are locked down have no WebAssembly at all. */
export function hasSimd(): boolean {
  if (!('WebAssembly' in globalThis)) throw new TensorpressError('unsupported', 'this runtime has no WebAssembly');
  return WebAssembly.validate(SIMD_PROBE);
}
