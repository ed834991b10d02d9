import type { Platform } from '../platform.js';

/**
 * Runtimes at the edge of a network: modules come compiled, for bytes must not be, and there are neither workers nor
 * files. Everything runs on the calling thread.
 */
export function edgePlatform(module: WebAssembly.Module): Platform {
  return {
    loadModule: async () => module,
    preferredBuild: () => 'simd',
    parallelism: () => 1,
    allocate: (length) => new Uint8Array(length),
    breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
}
