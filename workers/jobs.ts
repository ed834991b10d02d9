import { guard } from '../ts/errors.js';
import { copyBytes } from '../ts/io/copy.js';
import { type JobInput, loadInput, outputOf, writeTargets } from '../ts/jobs/bytes.js';
import { digestFile } from '../ts/jobs/digest.js';
import type { Moved, WireDecode, WireEncode, WireInput, WorkerApi } from '../ts/jobs/protocol.js';
import type { DirectFiles } from '../ts/platform.js';
import { Codec } from '../ts/wasm/instance.js';

let codec: Codec | undefined;

/** The thread's codec, holding the input of a job. */
export function loaded(input: WireInput, files: DirectFiles | undefined): Codec {
  codec ??= new Codec();
  const memory = input as { buffer: ArrayBuffer; length: number };
  const from: JobInput =
    __FILES__ && 'ranges' in input ? input : { pieces: [new Uint8Array(memory.buffer, 0, memory.length)] };
  loadInput(codec, from, files);
  return codec;
}

/** Copies the output into the buffer that came with the job, or into a new one where it does not fit. */
export function intoBuffer(output: Uint8Array, buffer: ArrayBuffer | undefined): Uint8Array<ArrayBuffer> {
  const fits = buffer !== undefined && buffer.byteLength >= output.length;
  const bytes = new Uint8Array(fits ? buffer : new ArrayBuffer(output.length), 0, output.length);
  copyBytes(output, bytes, 0);
  return bytes;
}

/** The buffer that came with a job. */
export function bufferOf(job: WireEncode | WireDecode): ArrayBuffer | undefined {
  return !__FILES__ || 'buffer' in job.input ? (job.input as { buffer: ArrayBuffer }).buffer : job.spare;
}

/** What every worker does, given files of its runtime and a way to end it. */
export function decodingApi(files: DirectFiles | undefined, crash: WorkerApi['crash']): Partial<WorkerApi> {
  return {
    decode(job) {
      const engine = loaded(job.input, files);
      guard(() => engine.decode_group(job.params));
      const hashes = job.hashed ? { leaves: guard(() => engine.group_leaf_hashes(job.params)) } : {};
      // Not before, as the hashes may grow the engine's memory.
      const decoded = outputOf(engine);
      const buffer = bufferOf(job);
      if (__FILES__ && job.targets !== undefined) {
        writeTargets(decoded, job.targets, files);
        return buffer === undefined ? [hashes, []] : [{ buffer, ...hashes }, [buffer]];
      }
      const bytes = intoBuffer(decoded, buffer);
      return [{ bytes, ...hashes }, [bytes.buffer]];
    },

    ...(__FILES__ && files !== undefined
      ? { digest: (path: string, length: number): Moved<string> => [digestFile(files, path, length), []] }
      : {}),

    wake: () => [__ENCODER__, []],

    crash,
  };
}
