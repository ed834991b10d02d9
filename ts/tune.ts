import { inputOf } from './engine.js';
import { checkAborted, guard } from './errors.js';
import { type Executor, runInOrder } from './executor.js';
import type { EncodeJob } from './generated/engine.js';
import { encodeGroups, partsOf } from './groups.js';
import type { ByteSource } from './source.js';
import type { Compressor } from './wasm-encode.js';

/** Runs the jobs by which the engine finds out how to meet a budget, until it knows. */
export async function tune(
  compressor: Compressor,
  sources: ByteSource[],
  executor: Executor,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    const jobs = JSON.parse(guard(() => compressor.tuning_jobs())) as EncodeJob[];
    if (jobs.length === 0) return;
    await runInOrder(
      encodeGroups(jobs),
      executor.window,
      async (group) => {
        checkAborted(signal);
        return executor.encode(partsOf(group), group.raw_len, await inputOf(sources, group.spans));
      },
      (group, encoded) => {
        guard(() => compressor.tune(group.jobs.length, encoded.meta));
        encoded.release();
      },
    );
  }
}
