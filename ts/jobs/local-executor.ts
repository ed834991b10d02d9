import { guard } from '../errors.js';
import { platform } from '../platform.js';
import { Codec } from '../wasm/instance.js';
import { Breath } from './breath.js';
import { type JobInput, loadInput, outputOf, writeTargets } from './bytes.js';
import { digestFile, type RunningDigest } from './digest.js';
import type { Decoded, DecodeWishes, Encoded, Executor } from './executor.js';

/** Codecs that wait for the next operation; they keep their buffers, as WebAssembly never gives memory back anyway. */
const MAX_IDLE = 1;
const idle: Codec[] = [];

const nothing = (): void => {};

/** Runs every job on the calling thread, one at a time, straight from the source to the final place. */
export class LocalExecutor implements Executor {
  readonly window = 1;
  readonly local = true;
  #codec: Codec | undefined;
  #closed = false;
  /** Settles when nobody needs the result of the last job any more, whose place the next one takes. */
  #taken: Promise<void> | undefined;
  readonly #breath = new Breath();

  /** Appends a range of the last job's input to a digest. */
  digestInput(digest: RunningDigest, start: number, length: number): void {
    if (__ENCODER__ && this.#codec) digest.updateFrom(this.#codec, start, length);
  }

  async encode(params: Uint8Array, _rawLength: number, input: JobInput): Promise<Encoded> {
    if (!__ENCODER__) throw new Error();
    return this.#run(input, (codec) => {
      codec.encode_group(params);
      return { meta: codec.meta() };
    });
  }

  async decode(
    params: Uint8Array,
    _length: number,
    _rawLength: number,
    input: JobInput,
    { targets, hashed }: DecodeWishes = {},
  ): Promise<Decoded> {
    const decoded = await this.#run(input, (codec) => {
      codec.decode_group(params);
      return { leaves: hashed ? codec.group_leaf_hashes(params) : undefined };
    });
    if (!__FILES__ || targets === undefined) return decoded;
    const { bytes, leaves, owned, release } = decoded;
    try {
      writeTargets(bytes, targets, platform().paths?.direct);
    } finally {
      release();
    }
    return { bytes: undefined, leaves, owned, release };
  }

  async digest(path: string, length: number): Promise<string> {
    if (!__FILES__) throw new Error();
    const files = platform().paths?.direct;
    if (files === undefined) throw new Error('this runtime has no files');
    return digestFile(files, path, length);
  }

  close(): void {
    this.#closed = true;
    if (this.#codec && idle.length < MAX_IDLE) idle.push(this.#codec);
    else this.#codec?.free();
    this.#codec = undefined;
  }

  /** Runs a job once the result of the one before was taken, which several callers may be waiting for. */
  async #run<T extends object>(
    input: JobInput,
    work: (codec: Codec) => T,
  ): Promise<T & { readonly bytes: Uint8Array; owned: boolean; release(): void }> {
    const before = this.#taken;
    let release = nothing;
    this.#taken = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    await this.#breath.take();
    try {
      // A codec that is taken now would be given back by nobody.
      if (this.#closed) throw new Error('closed');
      this.#codec ??= idle.pop() ?? new Codec();
      const codec = this.#codec;
      loadInput(codec, input, __FILES__ ? platform().paths?.direct : undefined);
      const result = guard(() => work(codec));
      return {
        ...result,
        get bytes() {
          return outputOf(codec);
        },
        owned: false,
        release,
      };
    } catch (error) {
      // What failed half-way is not used again.
      this.#codec?.free();
      this.#codec = undefined;
      release();
      throw error;
    }
  }
}
