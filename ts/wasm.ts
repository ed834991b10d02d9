import { type InitOutput, initSync } from '../pkg/simd/tensorpress_wasm.js';
import { guardIo, TensorpressError } from './errors.js';
import { platform } from './platform.js';

export type { Archive } from '../pkg/simd/tensorpress_wasm.js';
export { ArchiveOpener, Codec, Digest } from '../pkg/simd/tensorpress_wasm.js';

/** What a WebAssembly module can be made of. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

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
    keep(platform().loadModule(preferred === undefined ? hasSimd() : preferred === 'simd'));
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

/** Compiles what is not compiled yet; an address is fetched. */
export async function compileModule(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  return guardIo('cannot load the WebAssembly module', async () => {
    const response = source instanceof Response ? source : await fetch(source);
    if (!response.ok) throw new Error(`HTTP status ${response.status} for ${response.url}`);
    // Servers that do not know the type are common, and streaming insists on it.
    const streamable = response.headers.get('content-type') === 'application/wasm';
    return streamable ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
  });
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
