/** The whole engine, compiled. */
export function fullModule(): Promise<WebAssembly.Module>;
/** The engine that only decodes, compiled. */
export function decodeModule(): Promise<WebAssembly.Module>;
/** Products with quantized weights, compiled. */
export function computeModule(): Promise<WebAssembly.Module>;
