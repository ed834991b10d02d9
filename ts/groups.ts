import type { Job } from './container/archive.js';
import type { EncodeJob, EncodePart } from './generated/engine.js';
import type { Span, Target } from './plan.js';

/** Raw bytes that one call handles: enough to make the call cheap, little enough to stay in a core's cache. */
const GROUP_BYTES = 1 << 20;

/** Encoding jobs that are done in one call: one of any kind, or several that are whole streams. */
export interface EncodeGroup {
  jobs: EncodeJob[];
  raw_len: number;
  /** The bytes of all jobs, one behind the other. */
  spans: Span[];
}

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

/** Joins jobs of small tensors, so that a model with thousands of them does not cost as many calls. */
export function encodeGroups(jobs: EncodeJob[]): EncodeGroup[] {
  const groups: EncodeGroup[] = [];
  let open: EncodeGroup | undefined;
  for (const [index, job] of jobs.entries()) {
    const whole = job.first_block === 0 && jobs[index + 1]?.stream !== job.stream;
    if (open === undefined || !whole || open.raw_len + job.raw_len > GROUP_BYTES) {
      open = { jobs: [], raw_len: 0, spans: [] };
      groups.push(open);
    }
    open.jobs.push(job);
    open.raw_len += job.raw_len;
    for (const span of job.spans) append(open.spans, span);
    // Where a job begins within the group's output is known for whole streams only.
    if (!whole) open = undefined;
  }
  return groups;
}

/** What `Codec.encode_group` is told. */
export function partsOf({ jobs }: EncodeGroup): string {
  const parts: EncodePart[] = jobs.map(({ raw_len, params }) => ({ raw_len, params }));
  return JSON.stringify(parts);
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
function append(spans: Span[], [file, offset, length]: Span): void {
  const last = spans.at(-1);
  if (last?.[0] === file && last[1] + last[2] === offset) spans[spans.length - 1] = [file, last[1], last[2] + length];
  else spans.push([file, offset, length]);
}

function aim(targets: Target[], [file, offset, start, length]: Target): void {
  const last = targets.at(-1);
  if (last?.[0] === file && last[1] + last[3] === offset && last[2] + last[3] === start) {
    targets[targets.length - 1] = [file, last[1], last[2], last[3] + length];
  } else {
    targets.push([file, offset, start, length]);
  }
}
