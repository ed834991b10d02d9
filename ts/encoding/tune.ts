import { guard } from '../errors.js';
import { type ByteSource, totalOf } from '../io/source.js';
import type { Executor } from '../jobs/executor.js';
import { type Progress, ProgressMeter } from '../progress.js';
import type { Compressor } from '../wasm/bindings.js';
import { groupsOf, runEncodeJobs } from './encode-jobs.js';
import { KeptResults } from './kept-results.js';

/** Runs the jobs by which the engine finds out how to meet a budget, until it knows. Gives results that may be of use. */
export async function tune(
  compressor: Compressor,
  sources: ByteSource[],
  executor: Executor,
  onProgress: ((progress: Progress) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<KeptResults> {
  const total = totalOf(sources);
  let progress: ProgressMeter | undefined;
  let worked = 0;
  const kept = new KeptResults();
  while (compressor.is_tuning()) {
    progress ??= new ProgressMeter('search', total, onProgress);
    const meter = progress;
    kept.clear();
    await runEncodeJobs(groupsOf(compressor), { compressor, sources, executor, signal }, (group, encoded, parts) => {
      kept.add(group, parts, encoded);
      guard(() => compressor.tune(group.jobs, encoded.meta));
      encoded.release();
      worked += group.raw_len;
      meter.add(Math.floor((total * worked) / (worked + total)) - meter.count);
    });
  }
  progress?.finish();
  return kept;
}
