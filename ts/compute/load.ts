import { initSync } from '../../pkg/compute/tensorpress_wasm_compute.js';
import { guardCaller, TensorpressError, toTensorpressError } from '../errors.js';
import { compileModule, type WasmSource } from '../wasm/compile-module.js';
import { hasSimd } from '../wasm/simd.js';

/** Options of `init`. */
export interface ComputeOptions {
  /**
   * The module `tensorpress/tensorpress_compute.wasm`, if it is not beside the package's JavaScript: its address (or path,
   * where there are files), a response or bytes to compile, or a compiled module.
   */
  wasm?: WasmSource | Promise<WasmSource> | undefined;
}

type Locate = () => WasmSource | Promise<WasmSource>;

let locate: Locate | undefined;
let loading: Promise<void> | undefined;
let loaded = false;

/** What an entry brings: where this runtime finds the module. */
export function installModule(source: Locate): void {
  locate = source;
}

async function load(options: ComputeOptions): Promise<void> {
  const source = options.wasm ?? locate?.();
  if (source === undefined) throw new TensorpressError('invalid-option', 'options.wasm: expected a module');
  if (!hasSimd()) throw new TensorpressError('unsupported', 'tensorpress/compute needs WebAssembly SIMD');
  const module = await compileModule(source);
  // A runtime within another may make modules by a class that is not its own; the bindings would take them for bytes.
  Object.setPrototypeOf(module, WebAssembly.Module.prototype);
  guardCaller('options.wasm', () => initSync({ module }));
  loaded = true;
}

/**
 * Loads the module. Await it once before the first matrix is made; further calls have no effect, unless the first failed.
 */
export async function init(options: ComputeOptions = {}): Promise<void> {
  for (const name of Object.keys(options)) {
    if (name !== 'wasm') throw new TensorpressError('invalid-option', `options.${name}: no such option; there is wasm`);
  }
  loading ??= load(options).catch((thrown: unknown) => {
    loading = undefined;
    throw toTensorpressError(thrown);
  });
  await loading;
}

/** Throws until `init` has ended. */
export function expectLoaded(): void {
  if (!loaded) throw new TensorpressError('invalid-option', 'tensorpress/compute is not loaded: await init() first');
}
