/**
 * The decoding module as `bindings.ts` binds the whole one, as far as decoding needs it; what is forgotten is not freed.
 * The build checks that the module has what is used here (`scripts/build.mjs`).
 */

import { TensorpressError } from '../errors.js';
import * as exchange from './exchange.js';

/** What the module exports: errors come out as numbers. */
interface Exports extends exchange.Exchange {
  __wbg_codec_free(codec: number, drop: number): void;
  __wbg_digest_free(digest: number, drop: number): void;
  codec_new(): number;
  codec_input(codec: number, length: number): number;
  codec_decode_group(codec: number, pointer: number, length: number): number;
  codec_group_leaf_hashes(codec: number, pointer: number, length: number): exchange.Bytes;
  codec_output_ptr(codec: number): number;
  codec_output_len(codec: number): number;
  digest_new(): number;
  digest_input(digest: number, length: number): number;
  digest_update(digest: number, length: number): void;
  digest_half(digest: number, upper: number): bigint;
  hash64(pointer: number, length: number): bigint;
  inflate(pointer: number, length: number, inflated: number): exchange.Bytes;
}

/** The module's errors from 1 on, as `crates/codec/src/error` has them. */
const ERRORS = [
  ['corrupt', 'corrupt block'],
  ['truncated', 'truncated block or job'],
  ['unsupported', 'block of a kind that this version does not know'],
  ['limit', "job beyond the format's limit"],
  ['invalid-option', 'parameters that do not fit the job'],
] as const;

let wasm: Exports;

const passed = (bytes: Uint8Array): exchange.Bytes => exchange.passed(wasm, bytes);

function taken([pointer, length]: exchange.Bytes): Uint8Array {
  if (pointer === 0) throw new TensorpressError('corrupt', 'corrupt DEFLATE stream');
  return exchange.taken(wasm, pointer, length);
}

/** Makes the module usable. */
export function initSync(module: WebAssembly.Module): Exports {
  const imports: WebAssembly.ModuleImports = {};
  // Their names end in hashes. One throws; the other makes room for JavaScript's objects, none of which get here.
  for (const { name } of WebAssembly.Module.imports(module)) {
    imports[name] = () => {
      throw new Error('the module was misused');
    };
  }
  wasm = new WebAssembly.Instance(module, { './tensorpress_wasm_bg.js': imports }).exports as unknown as Exports;
  return wasm;
}

/** Decodes jobs; keeps its buffers. */
export class Codec {
  readonly #codec = wasm.codec_new();

  free(): void {
    wasm.__wbg_codec_free(this.#codec, 0);
  }

  input(length: number): number {
    return wasm.codec_input(this.#codec, length);
  }

  decode_group(params: Uint8Array): void {
    const error = ERRORS[wasm.codec_decode_group(this.#codec, ...passed(params)) - 1];
    if (error) throw new TensorpressError(error[0], error[1]);
  }

  group_leaf_hashes(params: Uint8Array): Uint8Array {
    return taken(wasm.codec_group_leaf_hashes(this.#codec, ...passed(params)));
  }

  output_ptr(): number {
    return wasm.codec_output_ptr(this.#codec);
  }

  output_len(): number {
    return wasm.codec_output_len(this.#codec);
  }
}

/** XXH3-128 of a file. */
export class Digest {
  readonly #digest = wasm.digest_new();

  free(): void {
    wasm.__wbg_digest_free(this.#digest, 0);
  }

  input(length: number): number {
    return wasm.digest_input(this.#digest, length);
  }

  update(length: number): void {
    wasm.digest_update(this.#digest, length);
  }

  hex(): string {
    return (
      exchange.hexadecimal(wasm.digest_half(this.#digest, 1)) + exchange.hexadecimal(wasm.digest_half(this.#digest, 0))
    );
  }
}

export function hash64(bytes: Uint8Array): bigint {
  return wasm.hash64(...passed(bytes));
}

export function inflate(deflated: Uint8Array, length: number): Uint8Array {
  return taken(wasm.inflate(...passed(deflated), length));
}
