/**
 * The whole module, as far as the package uses it. wasm-bindgen's own bindings are several times as long, for they also
 * load modules and count on their users' mistakes. The build checks that the module has what is used here
 * (`scripts/build.mjs`).
 */

import { TensorpressError, type WireError } from '../errors.js';
import { type Bytes, bytesAt, type Exchange, passed, taken } from './exchange.js';

/** Whether a call failed, and where its error is among the objects that the module keeps. */
type Outcome = [error: number, failed: number];
type Made = [...Bytes, ...Outcome];
type Free = (pointer: number, drop: number) => void;

interface Exports extends Exchange {
  /** The objects that the module keeps, its errors among them. */
  __wbindgen_externrefs: WebAssembly.Table;
  __externref_table_dealloc(index: number): void;
  __wbindgen_start(): void;
  __wbg_codec_free: Free;
  codec_new(): number;
  codec_input(codec: number, length: number): number;
  codec_encode_group(codec: number, parts: number, length: number): Outcome;
  codec_decode_group(codec: number, params: number, length: number): Outcome;
  codec_digest_input(codec: number, digest: number, start: number, length: number): void;
  codec_group_leaf_hashes(codec: number, params: number, length: number): Made;
  codec_meta(codec: number): Bytes;
  codec_output_ptr(codec: number): number;
  codec_output_len(codec: number): number;
  __wbg_digest_free: Free;
  digest_new(): number;
  digest_input(digest: number, length: number): number;
  digest_update(digest: number, length: number): void;
  digest_hex(digest: number): Bytes;
  __wbg_planner_free: Free;
  planner_new(files: number, filesLength: number, options: number, optionsLength: number): [number, ...Outcome];
  planner_poll(planner: number): Bytes;
  planner_supply(planner: number, bytes: number, length: number): Outcome;
  planner_finish(planner: number): [number, ...Outcome];
  __wbg_compressor_free: Free;
  compressor_is_tuning(compressor: number): number;
  compressor_tune(compressor: number, count: number, meta: number, length: number): Outcome;
  compressor_groups(compressor: number): Bytes;
  compressor_parts(compressor: number, first: number, count: number): Bytes;
  compressor_plan(compressor: number): Bytes;
  compressor_claims(compressor: number): Made;
  compressor_max_len(compressor: number): number;
  compressor_head_len(compressor: number): number;
  compressor_place(compressor: number, id: number, count: number, meta: number, length: number): [number, ...Outcome];
  compressor_set_digest(compressor: number, file: number, digits: number, length: number): Outcome;
  compressor_total_len(compressor: number): number;
  compressor_finish(compressor: number): Made;
  compressor_report(compressor: number): Bytes;
  hash64(bytes: number, length: number): bigint;
  inflate(deflated: number, length: number, inflated: number): Made;
}

let wasm: Exports;

const passedBytes = (bytes: Uint8Array): Bytes => passed(wasm, bytes);
const passedText = (text: string): Bytes => passed(wasm, new TextEncoder().encode(text));
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
const takenText = (bytes: Bytes): string => textOf(taken(wasm, ...bytes));

function check(error: number, failed: number): void {
  if (!failed) return;
  const thrown = wasm.__wbindgen_externrefs.get(error);
  wasm.__externref_table_dealloc(error);
  throw thrown;
}

function takenBytes([pointer, length, ...outcome]: Made): Uint8Array {
  check(...outcome);
  return taken(wasm, pointer, length);
}

function checked([value, ...outcome]: [number, ...Outcome]): number {
  check(...outcome);
  return value;
}

/** What the module calls, by what its name holds beside a hash. */
const IMPORTS: [name: string, imported: (pointer: number, length: number) => unknown][] = [
  ['_init_externref_table', () => wasm.__wbindgen_externrefs.grow(4)],
  [
    '_throw_',
    (pointer, length) => {
      throw new Error(textOf(bytesAt(wasm, pointer, length)));
    },
  ],
  [
    // What the engine says of an error is JSON (`crates/wasm/src/error.rs`).
    '_Error_',
    (pointer, length) => {
      const { code, message } = JSON.parse(textOf(bytesAt(wasm, pointer, length))) as WireError;
      return new TensorpressError(code, message);
    },
  ],
];

/** Makes the module usable. */
export function initSync(module: WebAssembly.Module): Exports {
  const imports: WebAssembly.ModuleImports = {};
  for (const { name } of WebAssembly.Module.imports(module)) {
    imports[name] = IMPORTS.find(([part]) => name.includes(part))?.[1] as WebAssembly.ImportValue;
  }
  wasm = new WebAssembly.Instance(module, { './tensorpress_wasm_bg.js': imports }).exports as unknown as Exports;
  wasm.__wbindgen_start();
  return wasm;
}

/** Frees what was forgotten, where the runtime tells. */
const forgotten =
  'FinalizationRegistry' in globalThis
    ? /* @__PURE__ */ new FinalizationRegistry<() => void>((free) => free())
    : undefined;

/** Something that the module holds. */
abstract class Held {
  pointer: number;
  readonly #free: Free;

  constructor(pointer: number, free: Free) {
    this.pointer = pointer;
    this.#free = free;
    forgotten?.register(this, () => free(pointer, 1), this);
  }

  free(): void {
    this.#free(this.given(), 0);
  }

  /** The pointer, for the module to do with as it will. */
  protected given(): number {
    forgotten?.unregister(this);
    const { pointer } = this;
    this.pointer = 0;
    return pointer;
  }
}

/** Runs jobs; keeps its buffers. */
export class Codec extends Held {
  constructor() {
    super(wasm.codec_new(), wasm.__wbg_codec_free);
  }

  input(length: number): number {
    return wasm.codec_input(this.pointer, length);
  }

  encode_group(parts: Uint8Array): void {
    check(...wasm.codec_encode_group(this.pointer, ...passedBytes(parts)));
  }

  decode_group(params: Uint8Array): void {
    check(...wasm.codec_decode_group(this.pointer, ...passedBytes(params)));
  }

  digest_input(digest: Digest, start: number, length: number): void {
    wasm.codec_digest_input(this.pointer, digest.pointer, start, length);
  }

  group_leaf_hashes(params: Uint8Array): Uint8Array {
    return takenBytes(wasm.codec_group_leaf_hashes(this.pointer, ...passedBytes(params)));
  }

  meta(): Uint8Array {
    return taken(wasm, ...wasm.codec_meta(this.pointer));
  }

  output_ptr(): number {
    return wasm.codec_output_ptr(this.pointer);
  }

  output_len(): number {
    return wasm.codec_output_len(this.pointer) >>> 0;
  }
}

/** XXH3-128 of a file. */
export class Digest extends Held {
  constructor() {
    super(wasm.digest_new(), wasm.__wbg_digest_free);
  }

  input(length: number): number {
    return wasm.digest_input(this.pointer, length);
  }

  update(length: number): void {
    wasm.digest_update(this.pointer, length);
  }

  hex(): string {
    return takenText(wasm.digest_hex(this.pointer));
  }
}

/** Finds the tensors of files; says which bytes it needs. */
export class Planner extends Held {
  constructor(files: string, options: string) {
    super(checked(wasm.planner_new(...passedText(files), ...passedText(options))), wasm.__wbg_planner_free);
  }

  poll(): string {
    return takenText(wasm.planner_poll(this.pointer));
  }

  supply(bytes: Uint8Array): void {
    check(...wasm.planner_supply(this.pointer, ...passedBytes(bytes)));
  }

  /** The planner is gone afterwards. */
  finish(): Compressor {
    return new Compressor(checked(wasm.planner_finish(this.given())));
  }
}

/** Hands out the jobs of an archive and puts their results together. */
export class Compressor extends Held {
  constructor(pointer: number) {
    super(pointer, wasm.__wbg_compressor_free);
  }

  is_tuning(): boolean {
    return wasm.compressor_is_tuning(this.pointer) !== 0;
  }

  tune(count: number, meta: Uint8Array): void {
    check(...wasm.compressor_tune(this.pointer, count, ...passedBytes(meta)));
  }

  groups(): string {
    return takenText(wasm.compressor_groups(this.pointer));
  }

  parts(first: number, count: number): Uint8Array {
    return taken(wasm, ...wasm.compressor_parts(this.pointer, first, count));
  }

  plan(): string {
    return takenText(wasm.compressor_plan(this.pointer));
  }

  claims(): string {
    return textOf(takenBytes(wasm.compressor_claims(this.pointer)));
  }

  max_len(): number {
    return wasm.compressor_max_len(this.pointer);
  }

  head_len(): number {
    return wasm.compressor_head_len(this.pointer);
  }

  place(id: number, count: number, meta: Uint8Array): number {
    return checked(wasm.compressor_place(this.pointer, id, count, ...passedBytes(meta)));
  }

  set_digest(file: number, digits: string): void {
    check(...wasm.compressor_set_digest(this.pointer, file, ...passedText(digits)));
  }

  total_len(): number {
    return wasm.compressor_total_len(this.pointer);
  }

  finish(): Uint8Array {
    return takenBytes(wasm.compressor_finish(this.pointer));
  }

  report(): string {
    return takenText(wasm.compressor_report(this.pointer));
  }
}

export function hash64(bytes: Uint8Array): bigint {
  return wasm.hash64(...passedBytes(bytes));
}

export function inflate(deflated: Uint8Array, length: number): Uint8Array {
  return takenBytes(wasm.inflate(...passedBytes(deflated), length));
}
