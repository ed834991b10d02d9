import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { guardCaller } from '../errors.js';

/** What is said where the WebAssembly module is not to be had: mostly a bundler has left it behind. */
export const NO_MODULE =
  'cannot load the WebAssembly module, which bundlers may leave behind: keep tensorpress out of the bundle, import ' +
  'tensorpress/inline, or name the module by init({ wasm })';

/** An address may be a path, as for Node's own workers. Schemes have more letters than drives. */
export function asUrl(address: URL | string): URL | string {
  return typeof address === 'string' && /^[a-z][a-z\d+.-]+:/i.test(address) ? new URL(address) : address;
}

/** Where callers say what is to be written. */
export const OUTPUT_FIELD = 'options.output.path';

/** What the caller gave as `field`, as a path. */
export function pathOf(address: URL | string, field: string): string {
  return typeof address === 'string' ? address : guardCaller(field, () => fileURLToPath(address));
}

/** The content of what an address leads to, if that is a file. */
export function readAddress(address: URL | string): Promise<BufferSource> | undefined {
  const url = asUrl(address);
  return typeof url === 'string' || (url instanceof URL && url.protocol === 'file:') ? readFile(url) : undefined;
}
