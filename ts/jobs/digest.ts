import { checkAborted } from '../errors.js';
import { copyBytes } from '../io/copy.js';
import { type ByteSource, READ_CHUNK } from '../io/source.js';
import { type DirectFiles, platform } from '../platform.js';
import { type Codec, Digest, view } from '../wasm/instance.js';
import type { Executor } from './executor.js';

/** Bytes that are hashed in one go. */
const DIGEST_CHUNK = 1 << 20;

/** XXH3-128 of a file's first `length` bytes, in hexadecimal. They come chunk by chunk into the engine's memory. */
export function digestFile(files: DirectFiles, path: string, length: number): string {
  const digest = new Digest();
  try {
    for (let offset = 0; offset < length; offset += DIGEST_CHUNK) {
      const size = Math.min(DIGEST_CHUNK, length - offset);
      files.read([{ path, offset, length: size }], view(digest.input(size), size));
      digest.update(size);
    }
    return digest.hex();
  } finally {
    digest.free();
  }
}

/** A digest that grows with what is appended. */
export class RunningDigest {
  readonly #digest = new Digest();

  /** Appends a range of the input of a codec's last job. */
  updateFrom(codec: Codec, start: number, length: number): void {
    if (__ENCODER__) codec.digest_input(this.#digest, start, length);
  }

  /** Appends bytes. */
  update(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; offset += DIGEST_CHUNK) {
      const part = bytes.subarray(offset, offset + DIGEST_CHUNK);
      copyBytes(part, view(this.#digest.input(part.length), part.length), 0);
      this.#digest.update(part.length);
    }
  }

  /** XXH3-128 of all bytes, in hexadecimal. Call it once. */
  finish(): string {
    const hex = this.#digest.hex();
    this.#digest.free();
    return hex;
  }
}

/** XXH3-128 of a whole source, where it costs the calling thread least. */
export async function digestOf(
  source: ByteSource,
  executor: Executor,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (__FILES__ && source.local !== undefined) return executor.digest(source.local, source.size);
  const digest = new RunningDigest();
  for (let offset = 0; offset < source.size; offset += READ_CHUNK) {
    checkAborted(signal);
    const length = Math.min(READ_CHUNK, source.size - offset);
    digest.update(await source.read(offset, length));
    if (source.memory) await platform().breathe();
  }
  return digest.finish();
}
