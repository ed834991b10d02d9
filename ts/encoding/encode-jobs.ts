import { checkAborted, guard } from '../errors.js';
import type { EncodeGroup } from '../generated/engine.js';
import type { ByteSource } from '../io/source.js';
import { inputOf } from '../jobs/bytes.js';
import { type Encoded, type Executor, runInOrder } from '../jobs/executor.js';
import type { Compressor } from '../wasm/bindings.js';
import type { KeptResults } from './kept-results.js';

/** What jobs are run with. */
export interface Encoding {
  compressor: Compressor;
  sources: ByteSource[];
  executor: Executor;
  signal: AbortSignal | undefined;
  /** What is known already. */
  kept?: KeptResults | undefined;
}

/** The current jobs, in groups: those of a round of tuning, or of the archive. */
export function groupsOf(compressor: Compressor): EncodeGroup[] {
  return JSON.parse(guard(() => compressor.groups())) as EncodeGroup[];
}

/** Runs the jobs of groups, and hands over each group's result in order, with the parameters that led to it. */
export function runEncodeJobs(
  groups: EncodeGroup[],
  { compressor, sources, executor, signal, kept }: Encoding,
  finish: (group: EncodeGroup, encoded: Encoded, parts: Uint8Array) => Promise<void> | void,
): Promise<void> {
  return runInOrder(
    groups,
    executor.window,
    async (group) => {
      checkAborted(signal);
      const parts = guard(() => compressor.parts(group.first, group.jobs));
      const known = kept?.take(group, parts);
      const encoded = known ?? (await executor.encode(parts, group.raw_len, await inputOf(sources, group.spans)));
      return { encoded, parts };
    },
    (group, { encoded, parts }) => finish(group, encoded, parts),
  );
}
