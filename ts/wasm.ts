import { type InitOutput, initSync } from '../pkg/simd/tensorpress_wasm.js';
import { platform } from './platform.js';

export type { Archive, Compressor } from '../pkg/simd/tensorpress_wasm.js';
export { ArchiveOpener, Codec, Digest, Planner } from '../pkg/simd/tensorpress_wasm.js';

/** A module with one function that uses a vector: it validates only where simd128 is there. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

let compiled: Promise<WebAssembly.Module> | undefined;
let instance: InitOutput | undefined;

/** Whether this runtime has simd128. */
export function hasSimd(): boolean {
  return WebAssembly.validate(SIMD_PROBE);
}

/** The compiled module, loaded on first use. */
export function compiledModule(): Promise<WebAssembly.Module> {
  if (compiled === undefined) {
    const preferred = platform().preferredBuild();
    compiled = platform().loadModule(preferred === undefined ? hasSimd() : preferred === 'simd');
    // A load that failed may be tried again.
    compiled.catch(() => {
      compiled = undefined;
    });
  }
  return compiled;
}

/** Makes the engine usable on the calling thread. */
export async function ready(): Promise<void> {
  instantiate(await compiledModule());
}

/** As `ready`, with a module that is at hand. */
export function instantiate(module: WebAssembly.Module): void {
  if (instance === undefined) instance = initSync({ module });
}

/** A range of the engine's memory. It is valid until the engine runs again: a growing memory moves. */
export function view(pointer: number, length: number): Uint8Array<ArrayBuffer> {
  if (instance === undefined) throw new Error('the engine is not initialised');
  return new Uint8Array(instance.memory.buffer as ArrayBuffer, pointer >>> 0, length);
}
