import { guard } from '../errors.js';
import { type ByteSource, totalOf } from '../io/source.js';
import type { Executor } from '../jobs/executor.js';
import { type Progress, ProgressMeter } from '../progress.js';
import type { Compressor } from '../wasm/bindings.js';
import { groupsOf, runEncodeJobs } from './encode-jobs.js';

/** Runs the jobs by which the engine finds out how to meet a budget, until it knows. */
export async function tune(
  compressor: Compressor,
  sources: ByteSource[],
  executor: Executor,
  onProgress: ((progress: Progress) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const total = totalOf(sources);
  let progress: ProgressMeter | undefined;
  let worked = 0;
  while (compressor.is_tuning()) {
    progress ??= new ProgressMeter('search', total, onProgress);
    const meter = progress;
    await runEncodeJobs(groupsOf(compressor), { compressor, sources, executor, signal }, (group, encoded) => {
      guard(() => compressor.tune(group.jobs, encoded.meta));
      encoded.release();
      worked += group.raw_len;
      meter.add(Math.floor((total * worked) / (worked + total)) - meter.count);
    });
  }
  progress?.finish();
}
