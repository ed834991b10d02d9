import { guardIo } from './errors.js';

/** What a WebAssembly module can be made of. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** Where there are files: what brings them, for `fetch` may not. */
export const files: { read?: (address: URL | string) => Promise<BufferSource> | undefined } = {};

/** Compiles what is not compiled yet; an address is fetched. */
export function compileModule(given: WasmSource | Promise<WasmSource>): Promise<WebAssembly.Module> {
  return guardIo('cannot load the WebAssembly module, whose address init({ wasm }) takes', async () => {
    const source = await given;
    if (source instanceof WebAssembly.Module) return source;
    if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
    const file = __FILES__ && !(source instanceof Response) ? files.read?.(source) : undefined;
    if (file) return WebAssembly.compile(await file);
    const response = source instanceof Response ? source : await fetch(source);
    const type = response.headers.get('content-type');
    // A server of single-page applications answers every address with its page.
    if (!response.ok || type?.startsWith('text/html')) {
      throw new Error(`HTTP status ${response.status}, ${type}, for ${response.url}`);
    }
    // Servers that do not know the type are common, and streaming insists on it.
    const streamable = type === 'application/wasm';
    return streamable ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
  });
}
