import { transfer } from 'comlink';
import { copyBytes } from '../ts/copy.js';
import { guard, TensorpressError } from '../ts/errors.js';
import type { JobInput } from '../ts/executor.js';
import { digestBy, loadInput, outputOf, writeTargets } from '../ts/local.js';
import type { DirectFiles } from '../ts/platform.js';
import type { WireDecode, WireDecoded, WireEncode, WireEncoded, WireInput, WorkerApi } from '../ts/protocol.js';
import { Codec } from '../ts/wasm.js';

function asJobInput(input: WireInput): JobInput {
  return 'ranges' in input ? input : { pieces: [new Uint8Array(input.buffer, 0, input.length)] };
}

/** Copies the output into the buffer that came with the job, or into a new one where it does not fit. */
function intoBuffer(output: Uint8Array, buffer: ArrayBuffer | undefined): Uint8Array<ArrayBuffer> {
  const fits = buffer !== undefined && buffer.byteLength >= output.length;
  const bytes = new Uint8Array(fits ? buffer : new ArrayBuffer(output.length), 0, output.length);
  copyBytes(output, bytes, 0);
  return bytes;
}

function bufferOf(job: WireEncode | WireDecode): ArrayBuffer | undefined {
  return 'buffer' in job.input ? job.input.buffer : job.spare;
}

/** What a worker does, given files of its runtime and a way to end it. */
export function makeApi(files: DirectFiles | undefined, exit: () => void): WorkerApi {
  let codec: Codec | undefined;
  const open = (): Codec => {
    codec ??= new Codec();
    return codec;
  };
  return {
    encode(job: WireEncode): WireEncoded {
      const engine = open();
      loadInput(engine, asJobInput(job.input), files);
      guard(() => engine.encode_group(job.params));
      const meta = engine.meta();
      const bytes = intoBuffer(outputOf(engine), bufferOf(job));
      return transfer({ bytes, meta }, [bytes.buffer]);
    },

    decode(job: WireDecode): WireDecoded {
      const engine = open();
      loadInput(engine, asJobInput(job.input), files);
      guard(() => engine.decode_group(job.params));
      const output = outputOf(engine);
      if (output.length !== job.rawLength) {
        throw new TensorpressError('internal', `a job gave ${output.length} bytes instead of ${job.rawLength}`);
      }
      const hashes = job.hashed ? { leaves: guard(() => engine.group_leaf_hashes(job.params)) } : {};
      // Anew, as the hashes may have grown the engine's memory.
      const decoded = outputOf(engine);
      const buffer = bufferOf(job);
      if (job.targets !== undefined) {
        writeTargets(decoded, job.targets, files);
        return buffer === undefined ? hashes : transfer({ buffer, ...hashes }, [buffer]);
      }
      const bytes = intoBuffer(decoded, buffer);
      return transfer({ bytes, ...hashes }, [bytes.buffer]);
    },

    digest(path: string, length: number): string {
      if (files === undefined) throw new TensorpressError('unsupported', 'this runtime has no files');
      return digestBy(length, (offset, into) => files.read(path, offset, into));
    },

    crash: exit,
  };
}
