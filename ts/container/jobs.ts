import type { DecodeJob } from '../generated/engine.js';
import { joined } from '../io/copy.js';
import type { Archive } from './archive.js';
import { within } from './faults.js';
import { JOB_BYTES, MAX_TARGETS } from './limits.js';
import { BLOCK_BYTES } from './manifest.js';
import { LAYOUTS } from './schema.js';
import { usesOf, walkOf } from './targets.js';

/** A run of whole blocks of one stream, to be decoded in one go. */
export interface Job extends DecodeJob {
  /** Where its blocks' records begin in the manifest. */
  at: number;
}

/** Decoded bytes of all jobs of a stream but the last. */
export function jobLength(block: number): number {
  return Math.max(1, Math.floor(JOB_BYTES / block)) * block;
}

/** The jobs that decode all streams, or some, in the order of the archive. */
export function jobsOf(archive: Archive, streams: Iterable<number> = archive.blocks.keys()): Job[] {
  const { plan, blocks, manifest } = archive;
  const view = new DataView(manifest.buffer);
  archive.uses ??= usesOf(plan);
  const jobs: Job[] = [];
  let places = 0;
  for (const stream of streams) {
    const { len: length, block, offset: first } = plan.streams[stream] as (typeof plan.streams)[number];
    let [at, id, offset] = [blocks[stream] as number, archive.firstJobs[stream] as number, first];
    const step = jobLength(block);
    const walk = walkOf(archive.uses[stream] ?? []);
    for (let start = 0; start < length; start += step, id += 1) {
      const end = Math.min(start + step, length);
      const targets = walk(start, end);
      places += targets.length;
      within('MAX_TARGETS', MAX_TARGETS, places);
      const job = { id, stream, offset, len: 0, start, raw_len: end - start, targets, at };
      for (let left = job.raw_len; left > 0; left -= block, at += BLOCK_BYTES) job.len += view.getUint32(at, true);
      offset += job.len;
      jobs.push(job);
    }
  }
  return jobs;
}

/** What the decoder of a group of jobs is told, one behind the other: u32 offset in its input, then the job's own. */
export function paramsOf({ plan, manifest }: Archive, jobs: Job[]): Uint8Array {
  const parts = jobs.map(({ stream, offset, raw_len, at }) => {
    const { block, layout } = plan.streams[stream] as (typeof plan.streams)[number];
    const records = manifest.subarray(at, at + BLOCK_BYTES * Math.ceil(raw_len / block));
    const bytes = new Uint8Array(13 + records.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, offset - (jobs[0]?.offset ?? 0), true);
    view.setUint8(4, LAYOUTS.indexOf(layout));
    view.setUint32(5, block, true);
    view.setUint32(9, raw_len, true);
    bytes.set(records, 13);
    return bytes;
  });
  return joined(parts);
}
