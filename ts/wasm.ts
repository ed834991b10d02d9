import * as bindings from './bindings.js';
import { compileModule, type WasmSource } from './compile-module.js';
import { guard, TensorpressError } from './errors.js';
import { hexadecimal } from './hexadecimal.js';
import { platform } from './platform.js';
import { hasSimd } from './simd.js';

export { Codec, Digest } from './bindings.js';

let compiled: Promise<WebAssembly.Module> | undefined;
let instance: ReturnType<typeof bindings.initSync> | undefined;

/** The compiled module, loaded on first use. */
export function compiledModule(): Promise<WebAssembly.Module> {
  if (compiled === undefined) {
    const preferred = platform().preferredBuild();
    keep(platform().loadModule(!__ENCODER__ || (preferred === undefined ? hasSimd() : preferred === 'simd')));
  }
  return compiled as unknown as Promise<WebAssembly.Module>;
}

/** Compiles the module that the caller brings. It must come before the package's own is loaded. */
export async function provideModule(source: WasmSource | Promise<WasmSource>): Promise<void> {
  if (compiled !== undefined) {
    throw new TensorpressError(
      'invalid-option',
      'options.wasm: the engine is loaded already; call init before all else',
    );
  }
  keep(Promise.resolve(source).then(compileModule));
  await compiled;
}

function keep(module: Promise<WebAssembly.Module>): void {
  compiled = module;
  // A load that failed may be tried again.
  module.catch(() => {
    compiled = undefined;
  });
}

/** Makes the engine usable on the calling thread. */
export async function ready(): Promise<void> {
  instantiate(await compiledModule());
}

/** As `ready`, with a module that is at hand. */
export function instantiate(module: WebAssembly.Module): void {
  if (instance === undefined) instance = bindings.initSync({ module });
}

/** A range of the engine's memory. It is valid until the engine runs again: a growing memory moves. */
export function view(pointer: number, length: number): Uint8Array<ArrayBuffer> {
  if (instance === undefined) throw new Error('the engine is not initialised');
  return new Uint8Array(instance.memory.buffer as ArrayBuffer, pointer >>> 0, length);
}

/** XXH3-64, as 16 hexadecimal digits. */
export function hash64(bytes: Uint8Array): string {
  return hexadecimal(guard(() => bindings.hash64(bytes)));
}

/** Inflates a raw DEFLATE stream that gives exactly `length` bytes; refuses any other as `corrupt`. */
export function inflate(bytes: Uint8Array, length: number): Uint8Array {
  return guard(() => bindings.inflate(bytes, length));
}
