// JavaScript, for TypeScript does not know imports of sources. Unlike a file, what a module imports may be loaded
// without a permission.

/** The whole engine, compiled. */
export const fullModule = () => import.source('./tensorpress_simd.wasm');

/** The engine that only decodes, compiled. */
export const decodeModule = () => import.source('./tensorpress_decode.wasm');

/** Products with quantized weights, compiled. */
export const computeModule = () => import.source('./tensorpress_compute.wasm');
