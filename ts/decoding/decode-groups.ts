import type { Job } from '../container/archive.js';
import type { Target } from '../plan.js';

/** Raw bytes that one call handles: enough to make the call cheap, little enough to stay in a core's cache. */
const GROUP_BYTES = 1 << 20;

/** Decoding jobs that are done in one call, from the first one's start in the archive to the last one's end. */
export interface DecodeGroup {
  jobs: Job[];
  /** Place of the first job's decoded bytes in its stream. */
  start: number;
  offset: number;
  len: number;
  raw_len: number;
  /** As of one job: places in the decoded bytes of the group. */
  targets: Target[];
}

/** Joins jobs that follow each other in the archive. */
export function decodeGroups(jobs: Job[], most = GROUP_BYTES): DecodeGroup[] {
  const groups: DecodeGroup[] = [];
  let open: DecodeGroup | undefined;
  for (const job of jobs) {
    const follows = open !== undefined && open.jobs.at(-1)?.id === job.id - 1;
    if (open === undefined || !follows || open.raw_len + job.raw_len > most) {
      open = { jobs: [], start: job.start, offset: job.offset, len: 0, raw_len: 0, targets: [] };
      groups.push(open);
    }
    open.jobs.push(job);
    open.len = job.offset + job.len - open.offset;
    for (const [file, offset, start, length] of job.targets) {
      aim(open.targets, [file, offset, open.raw_len + start, length]);
    }
    open.raw_len += job.raw_len;
  }
  return groups;
}

/** Adds a range, or lengthens the last one where it goes on. */
function aim(targets: Target[], [file, offset, start, length]: Target): void {
  const last = targets.at(-1);
  if (last?.[0] === file && last[1] + last[3] === offset && last[2] + last[3] === start) {
    targets[targets.length - 1] = [file, last[1], last[2], last[3] + length];
  } else {
    targets.push([file, offset, start, length]);
  }
}
