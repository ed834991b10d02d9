import type { ArchivePlan, Plan } from '../generated/engine.js';
import { hexadecimal } from '../wasm/exchange.js';
import { hash64, inflate } from '../wasm/instance.js';
import { demand, needs, within } from './faults.js';
import { align, checkVersion } from './header.js';
import { parseJson } from './json.js';
import { MAX_PLAN } from './limits.js';
import { PLAN } from './schema.js';
import { checkPlan } from './validate.js';

/** `TPRESS`, 0; the version follows. */
const MAGIC = 'TPRESS\0';
/** Bytes before the deflated plan, of a file's digest, of a stream's hash and of a block's record. */
const FIXED = 32;
const FILE_BYTES = 16;
export const STREAM_BYTES = 8;
export const BLOCK_BYTES = 12;

/** A manifest that was read and checked. */
export interface Manifest {
  /** The plan; where its streams are in the archive only the header says. */
  plan: ArchivePlan;
  /** The entry's bytes. */
  manifest: Uint8Array;
  /** Where the records of each stream's blocks begin there, behind its hash: u32 encoded length, u64 XXH3-64 of the encoded bytes each. */
  blocks: number[];
}

/** A little-endian u64 as 16 hexadecimal digits. */
export function hexAt(bytes: Uint8Array, at: number): string {
  return hexadecimal(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true));
}

/** Reads the entry that belongs to a header (docs/FORMAT.md, section 2). */
export function readManifest(bytes: Uint8Array, header: Uint8Array): Manifest {
  needs('manifest', FIXED, bytes.length);
  demand(String.fromCharCode(...bytes.subarray(0, 7)) === MAGIC, 'manifest', 'no magic bytes');
  checkVersion(bytes[7]);
  demand(hash64(bytes.subarray(16)) === hexAt(bytes, 8), 'manifest', 'not of its checksum');
  demand(hash64(header) === hexAt(bytes, 16), 'header', 'not of its checksum');
  const view = new DataView(bytes.buffer);
  const deflated = view.getUint32(24, true);
  let at = FIXED + deflated;
  needs('manifest', at, bytes.length);
  const plan = readPlan(bytes.subarray(FIXED, at), view.getUint32(28, true));

  const counts = plan.streams.map(({ len, block }) => Math.ceil(len / block));
  const tables = FILE_BYTES * plan.files.length + STREAM_BYTES * counts.length;
  const expected = align(counts.reduce((sum, count) => sum + BLOCK_BYTES * count, at + tables));
  demand(expected === bytes.length, 'manifest', `${bytes.length} bytes, its plan needs ${expected}`);
  const files = plan.files.map((file) => {
    at += FILE_BYTES;
    return Object.assign(file, { digest: hexAt(bytes, at - 8) + hexAt(bytes, at - FILE_BYTES) });
  });
  const blocks: number[] = [];
  const streams = plan.streams.map((stream) => {
    const { len, block } = stream;
    at += STREAM_BYTES;
    blocks.push(at);
    let encoded = 0;
    for (let left = len; left > 0; left -= block) {
      const size = view.getUint32(at, true);
      demand(size > 0 && size <= Math.min(left, block) + 1, 'manifest', stream);
      encoded += size;
      at += BLOCK_BYTES;
    }
    return Object.assign(stream, { offset: 0, encoded });
  });
  return { plan: { files, streams, tensors: plan.tensors }, manifest: bytes, blocks };
}

function readPlan(deflated: Uint8Array, length: number): Plan {
  within('MAX_PLAN', MAX_PLAN, length);
  // The module refuses lengths that so few bytes cannot stand for before it allocates anything.
  const plan = parseJson('plan', inflate(deflated, length), PLAN);
  checkPlan(plan);
  return plan;
}
