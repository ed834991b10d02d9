import { operate } from '../errors.js';
import { checkInitOptions } from '../options.js';
import { overrides } from '../platform.js';
import type { WasmSource } from '../wasm/compile-module.js';
import { provideModule, ready } from '../wasm/instance.js';

export type { WasmSource } from '../wasm/compile-module.js';

/** Where the parts of the package are, if not beside its JavaScript. */
export interface InitOptions {
  /**
   * The WebAssembly module: its address (or path, where there are files), a response or bytes to compile, or a compiled
   * module. It must be that of this entry, of this version of the package.
   */
  wasm?: WasmSource | Promise<WasmSource> | undefined;
  /** Address of the worker's script, `tensorpress/worker`, or `tensorpress/decode/worker` for the half that decodes. */
  workerUrl?: URL | string | undefined;
}

/**
 * Loads the WebAssembly module now rather than on first use. Needed only where a bundler leaves the package's own files
 * behind, or where a platform gives modules compiled.
 *
 * ```ts
 * await init({ wasm: new URL('/assets/tensorpress_simd.wasm', location.href), workerUrl: '/assets/worker.browser.js' })
 * ```
 */
export async function init(options: InitOptions = {}): Promise<void> {
  checkInitOptions(options);
  if (options.workerUrl !== undefined) overrides.workerUrl = options.workerUrl;
  await operate(undefined, async () => {
    if (options.wasm !== undefined) await provideModule(options.wasm);
    await ready();
  });
}
