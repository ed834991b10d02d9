import { runEncodeJobs } from './encode-jobs.js';
import { guard } from './errors.js';
import type { Executor } from './executor.js';
import type { EncodeJob } from './generated/engine.js';
import { type Progress, ProgressMeter } from './progress.js';
import type { ByteSource } from './source.js';
import type { Compressor } from './wasm-encode.js';

/**
 * Runs the jobs by which the engine finds out how to meet a budget, until it knows. Says whether there was anything to
 * find out: the jobs of the archive are others then.
 */
export async function tune(
  compressor: Compressor,
  sources: ByteSource[],
  executor: Executor,
  onProgress: ((progress: Progress) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const total = totalOf(sources);
  let progress: ProgressMeter | undefined;
  let worked = 0;
  for (;;) {
    const jobs = JSON.parse(guard(() => compressor.tuning_jobs())) as EncodeJob[];
    if (jobs.length === 0) break;
    progress ??= new ProgressMeter('search', total, onProgress);
    const meter = progress;
    await runEncodeJobs(jobs, { sources, executor, signal }, (group, encoded) => {
      guard(() => compressor.tune(group.jobs.length, encoded.meta));
      encoded.release();
      worked += group.raw_len;
      meter.add(Math.floor((total * worked) / (worked + total)) - meter.count);
    });
  }
  progress?.finish();
  return progress !== undefined;
}

/** Bytes of all sources. */
export function totalOf(sources: ByteSource[]): number {
  return sources.reduce((sum, source) => sum + source.size, 0);
}
