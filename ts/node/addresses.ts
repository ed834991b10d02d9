import { readFile } from 'node:fs/promises';

/** What is said where the WebAssembly module is not to be had: mostly a bundler has left it behind. */
export const NO_MODULE =
  'cannot load the WebAssembly module, which bundlers may leave behind: keep tensorpress out of the bundle, import ' +
  'tensorpress/inline, or name the module by init({ wasm })';

/** An address may be a path, as for Node's own workers. Schemes have more letters than drives. */
export function asUrl(address: URL | string): URL | string {
  return typeof address === 'string' && /^[a-z][a-z\d+.-]+:/i.test(address) ? new URL(address) : address;
}

/** The content of what an address leads to, if that is a file. */
export function readAddress(address: URL | string): Promise<BufferSource> | undefined {
  const url = asUrl(address);
  return typeof url === 'string' || (url instanceof URL && url.protocol === 'file:') ? readFile(url) : undefined;
}
