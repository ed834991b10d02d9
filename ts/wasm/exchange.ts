/** How bytes, text and numbers get into a module's memory and out of it again. */

/** What every module made by wasm-bindgen exports. */
export interface Exchange {
  memory: WebAssembly.Memory;
  __wbindgen_malloc(length: number, align: number): number;
  __wbindgen_free(pointer: number, length: number, align: number): void;
}

export type Bytes = [pointer: number, length: number];

/** A range of the memory, as it is until the module runs again. */
export function bytesAt({ memory }: Exchange, pointer: number, length: number): Uint8Array {
  return new Uint8Array(memory.buffer, pointer >>> 0, length);
}

/** A copy for the module, which frees it. */
export function passed(wasm: Exchange, bytes: Uint8Array): Bytes {
  const pointer = wasm.__wbindgen_malloc(bytes.length, 1);
  bytesAt(wasm, pointer, bytes.length).set(bytes);
  return [pointer, bytes.length];
}

/** A copy of what the module gave, which is freed there. */
export function taken(wasm: Exchange, pointer: number, length: number): Uint8Array {
  const bytes = bytesAt(wasm, pointer, length).slice();
  wasm.__wbindgen_free(pointer, length, 1);
  return bytes;
}

/** A 64-bit number, however signed, as 16 hexadecimal digits. */
export const hexadecimal = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(16, '0');
