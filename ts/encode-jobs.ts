import { inputOf } from './engine.js';
import { checkAborted } from './errors.js';
import { type Encoded, type Executor, runInOrder } from './executor.js';
import type { EncodeJob } from './generated/engine.js';
import { type EncodeGroup, encodeGroups, partsOf } from './groups.js';
import type { ByteSource } from './source.js';

/** What jobs are run with. */
export interface Encoding {
  sources: ByteSource[];
  executor: Executor;
  signal: AbortSignal | undefined;
}

/** Runs encoding jobs, group by group, and hands over what each group becomes, in their order. */
export function runEncodeJobs(
  jobs: EncodeJob[],
  { sources, executor, signal }: Encoding,
  finish: (group: EncodeGroup, encoded: Encoded) => Promise<void> | void,
): Promise<void> {
  return runInOrder(
    encodeGroups(jobs),
    executor.window,
    async (group) => {
      checkAborted(signal);
      return executor.encode(partsOf(group), group.raw_len, await inputOf(sources, group.spans));
    },
    finish,
  );
}
