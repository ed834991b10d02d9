/**
 * tensorpress/compute: products with quantized and sparse weights, in WebAssembly, without expanding them to fp32 first.
 *
 * ```ts
 * import { Int8Matrix, init } from 'tensorpress/compute'
 * await init()
 * const matrix = new Int8Matrix({ rows, columns, codes, scales })
 * const sums = matrix.multiply(vector)
 * ```
 *
 * The same input gives the same bits in every runtime. What is wrong with an argument is a `TensorpressError` with the
 * code `invalid-option`.
 *
 * @packageDocumentation
 */

export { type ErrorCode, TensorpressError } from '../errors.js';
export type { WasmSource } from '../wasm/compile-module.js';
export { Fp32Matrix, Int8Matrix, type Shape } from './dense.js';
export { type ComputeOptions, init } from './load.js';
export { BinaryMatrix, Int4Matrix } from './packed.js';
export { type CompressedRows, SparseMatrix } from './sparse.js';
