import { guardIo } from '../errors.js';
import { tagOf } from '../realms.js';

/** A compiled module, as far as a program's TypeScript knows WebAssembly: without the types of browsers it does not. */
type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : object;

/** What a WebAssembly module can be made of. */
export type WasmSource = URL | string | Response | ArrayBuffer | ArrayBufferView<ArrayBuffer> | CompiledModule;

/** Where there are files: what brings them, for `fetch` may not. @internal */
export const files: { read?: (address: URL | string) => Promise<BufferSource> | undefined } = {};

/** Compiles what is not compiled yet; an address is fetched. @internal */
export function compileModule(given: WasmSource | Promise<WasmSource>): Promise<WebAssembly.Module> {
  return guardIo('cannot load the WebAssembly module, whose address init({ wasm }) takes', async () => {
    const source = await given;
    if ((source as ArrayBuffer).byteLength >= 0) return WebAssembly.compile(source as BufferSource);
    // Runtimes within others may make modules by a class that is not theirs.
    if (tagOf(source) === 'WebAssembly.Module') return source as WebAssembly.Module;
    const file = __FILES__ && !(source instanceof Response) ? files.read?.(source as URL | string) : undefined;
    // Not called here: Next puts such calls into functions in which nothing can be awaited.
    if (file) return file.then(WebAssembly.compile);
    const response = source instanceof Response ? source : await fetch(source as URL | string);
    const type = String(response.headers.get('content-type'));
    // A server of single-page applications answers every address with its page.
    if (!response.ok || /html/.test(type)) {
      throw new Error(`HTTP status ${response.status}, ${type}, for ${response.url}`);
    }
    // Servers that do not know the type are common, and streaming insists on it.
    const streamable = type === 'application/wasm';
    return streamable ? WebAssembly.compileStreaming(response) : response.arrayBuffer().then(WebAssembly.compile);
  });
}
