import { guard } from './errors.js';
import { openHead } from './open.js';
import type { EncodeJob, Plan } from './plan.js';
import type { Compressor } from './wasm.js';

/** Bytes of one block in a job's meta; the first four are its encoded length. */
const META_BYTES = 21;

/**
 * The plan of files that are not compressed. The engine tells it in the head of an archive only, so one is put together
 * as if every block took a byte. Weights are not read.
 */
export async function dryPlan(compressor: Compressor, signal: AbortSignal | undefined): Promise<Plan> {
  const jobs = JSON.parse(guard(() => compressor.jobs())) as EncodeJob[];
  for (const { id, blocks } of jobs) {
    const meta = new Uint8Array(META_BYTES * blocks);
    for (let block = 0; block < blocks; block += 1) meta[META_BYTES * block] = 1;
    guard(() => compressor.place(id, meta));
  }
  const files = JSON.parse(guard(() => compressor.files())) as unknown[];
  for (const file of files.keys()) guard(() => compressor.set_digest(file, '0'.repeat(32)));
  const head = guard(() => compressor.finish());
  const { archive, plan } = await openHead(-1, async (offset, length) => head.slice(offset, offset + length), signal);
  archive.free();
  return {
    tensors: plan.tensors,
    files: plan.files.map(({ digest: _, ...file }) => file),
    streams: plan.streams.map(({ encoded: _, ...stream }) => stream),
  };
}
