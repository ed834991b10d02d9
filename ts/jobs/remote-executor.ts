import { platform } from '../platform.js';
import { inputLength, type JobInput } from './bytes.js';
import type { Decoded, DecodeWishes, Encoded, Executor } from './executor.js';
import { LocalExecutor } from './local-executor.js';
import { CALLS_A_WORKER, type Pool, type WorkerCall } from './pool.js';
import type { WireInput } from './protocol.js';

/** Room that encoded blocks may need beyond their raw length: a byte a block, and a block has at least 4 KiB. */
const SLACK = 1 << 16;
const BUFFER_STEP = 1 << 17;

/** Buffers that travel to a worker and back: fresh memory would cost a page fault every 4 KiB, each time. */
class Buffers {
  readonly #most: number;
  #free: ArrayBuffer[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  take(length: number): ArrayBuffer {
    const index = this.#free.findIndex((buffer) => buffer.byteLength >= length);
    if (index >= 0) return this.#free.splice(index, 1)[0] as ArrayBuffer;
    return platform().allocate(Math.ceil(length / BUFFER_STEP) * BUFFER_STEP).buffer;
  }

  give(buffer: ArrayBuffer | undefined): void {
    // A buffer of no length was transferred away: it was lost with a worker.
    if (buffer?.byteLength && this.#free.length < this.#most) this.#free.push(buffer);
  }
}

/** A result that the calling thread made, out of the way of the next: whoever waits for it may want another one first. */
function owned<T extends Encoded | Decoded>(made: T): T {
  try {
    return { ...made, bytes: made.bytes?.slice(), owned: true };
  } finally {
    made.release();
  }
}

/** Runs jobs in the workers of a pool, or on the calling thread where none starts. */
export class RemoteExecutor implements Executor {
  readonly #pool: Pool;
  readonly #width: number;
  declare readonly window: number;
  readonly local = false;
  readonly #buffers: Buffers;
  #here: LocalExecutor | undefined;

  constructor(pool: Pool, width: number) {
    this.#pool = pool;
    this.#width = width;
    this.window = CALLS_A_WORKER * width + 1;
    this.#buffers = new Buffers(this.window);
  }

  encode(params: Uint8Array, rawLength: number, input: JobInput): Promise<Encoded> {
    if (!__ENCODER__) throw new Error();
    const call: WorkerCall<Encoded> = async (worker) => {
      const { wire, spare, moved } = this.#pack(input, rawLength + SLACK);
      const job = { params, input: wire, spare };
      const { bytes, meta } = await worker('encode', [job], moved);
      return { bytes, meta, owned: true, release: () => this.#buffers.give(bytes.buffer as ArrayBuffer) };
    };
    return this.#run(call, async (here) => owned(await here.encode(params, rawLength, input)));
  }

  decode(
    params: Uint8Array,
    length: number,
    rawLength: number,
    input: JobInput,
    wishes: DecodeWishes = {},
  ): Promise<Decoded> {
    const call: WorkerCall<Decoded> = async (worker) => {
      const { wire, spare, moved } = this.#pack(
        input,
        Math.max(length, rawLength),
        __FILES__ && wishes.targets !== undefined,
      );
      const job = { params, input: wire, spare, ...wishes };
      const { bytes, buffer, leaves } = await worker('decode', [job], moved);
      const back = buffer ?? (bytes?.buffer as ArrayBuffer | undefined);
      return { bytes, leaves, owned: true, release: () => this.#buffers.give(back) };
    };
    return this.#run(call, async (here) => owned(await here.decode(params, length, rawLength, input, wishes)));
  }

  digest(path: string, length: number): Promise<string> {
    if (!__FILES__) throw new Error();
    return this.#run(
      (worker) => worker('digest', [path, length]),
      (here) => here.digest(path, length),
    );
  }

  close(): void {
    this.#here?.close();
  }

  async #run<T>(call: WorkerCall<T>, alone: (here: LocalExecutor) => Promise<T>): Promise<T> {
    const starts = this.#pool.starts();
    try {
      return await this.#pool.run(this.#width, call);
    } catch (thrown) {
      if (await starts) throw thrown;
      this.#here ??= new LocalExecutor();
      return alone(this.#here);
    }
  }

  /** Copies pieces into a buffer that will also hold the output; ranges need only the latter. */
  #pack(
    input: JobInput,
    capacity: number,
    quiet = false,
  ): { wire: WireInput; spare?: ArrayBuffer; moved: ArrayBuffer[] } {
    if (__FILES__ && 'ranges' in input) {
      if (quiet) return { wire: { ranges: input.ranges }, moved: [] };
      const spare = this.#buffers.take(capacity);
      return { wire: { ranges: input.ranges }, spare, moved: [spare] };
    }
    const length = inputLength(input);
    const buffer = this.#buffers.take(Math.max(capacity, length));
    const into = new Uint8Array(buffer);
    let at = 0;
    for (const piece of (input as { pieces: Uint8Array[] }).pieces) {
      into.set(piece, at);
      at += piece.length;
    }
    return { wire: { buffer, length }, moved: [buffer] };
  }
}
