import { guard, TensorpressError } from '../errors.js';
import { platform } from '../platform.js';
import * as bindings from './bindings.js';
import { compileModule, type WasmSource } from './compile-module.js';
import { hexadecimal } from './exchange.js';
import { hasSimd } from './simd.js';

export { Codec, Digest } from './bindings.js';

let compiled: Promise<WebAssembly.Module> | undefined;
type Instance = ReturnType<typeof bindings.initSync>;
let instance: Instance | undefined;

function withSimd(preferred: 'simd' | 'base' | undefined): boolean {
  return preferred === undefined ? hasSimd() : preferred === 'simd';
}

/** The compiled module, loaded on first use. */
export function compiledModule(): Promise<WebAssembly.Module> {
  if (compiled === undefined) {
    keep(platform().loadModule(!__ENCODER__ || withSimd(platform().preferredBuild())));
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
  keep(compileModule(source).then(checkModule));
  await compiled;
}

/** Refuses modules of other entries: what they give for errors would not be understood. */
function checkModule(module: WebAssembly.Module): WebAssembly.Module {
  const own = __ENCODER__ ? 'digest_hex' : 'digest_half';
  if (WebAssembly.Module.exports(module).some(({ name }) => name === own)) return module;
  const expected = __ENCODER__ ? 'tensorpress_simd.wasm or tensorpress.wasm' : 'tensorpress_decode.wasm';
  throw new TensorpressError('invalid-option', `options.wasm: expected ${expected}, found another module`);
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
  if (instance === undefined) instance = bindings.initSync(module);
}

/** A range of the engine's memory, once it is usable. It is valid until the engine runs again: a growing memory moves. */
export function view(pointer: number, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((instance as Instance).memory.buffer as ArrayBuffer, pointer >>> 0, length);
}

/** XXH3-64, as 16 hexadecimal digits. */
export function hash64(bytes: Uint8Array): string {
  return hexadecimal(guard(() => bindings.hash64(bytes)));
}

/** Inflates a raw DEFLATE stream that gives exactly `length` bytes; refuses any other as `corrupt`. */
export function inflate(bytes: Uint8Array, length: number): Uint8Array {
  return guard(() => bindings.inflate(bytes, length));
}
