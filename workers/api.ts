import { guard } from '../ts/errors.js';
import { outputOf } from '../ts/jobs/bytes.js';
import type { WorkerApi } from '../ts/jobs/protocol.js';
import type { DirectFiles } from '../ts/platform.js';
import { bufferOf, decodingApi, intoBuffer, loaded } from './jobs.js';

/** What a worker of the whole package does, given files of its runtime and a way to end it. */
export function wholeApi(files: DirectFiles | undefined, crash: WorkerApi['crash']): Partial<WorkerApi> {
  return {
    ...decodingApi(files, crash),
    encode(job) {
      const engine = loaded(job.input, files);
      guard(() => engine.encode_group(job.params));
      const meta = engine.meta();
      const bytes = intoBuffer(outputOf(engine), bufferOf(job));
      return [{ bytes, meta }, [bytes.buffer]];
    },
  };
}
