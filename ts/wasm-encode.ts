// Apart from wasm.ts, so that programs which only decode do without.
export type { Compressor } from '../pkg/simd/tensorpress_wasm.js';
export { Planner } from '../pkg/simd/tensorpress_wasm.js';
