import { checkAborted } from '../errors.js';
import type { ArchivePlan } from '../generated/engine.js';
import { joined } from '../io/copy.js';
import type { ByteSource } from '../io/source.js';
import { demand, demandArchive, needs, within } from './faults.js';
import { ALIGN, align, type Entry, looksWritten, readHeader } from './header.js';
import { jobLength } from './jobs.js';
import { MAX_HEADER, MAX_MANIFEST } from './limits.js';
import { readManifest } from './manifest.js';
import type { Use } from './targets.js';

export { type Job, jobsOf, paramsOf } from './jobs.js';
export { verifyFile, verifyStream } from './verify.js';

/** Read with the first bytes of an archive of known length: the head of most. */
const READ_AHEAD = 64 << 10;

/** An archive that was opened: all that it says was checked, and agrees with each other. */
export interface Archive {
  plan: ArchivePlan;
  /** Bytes of the archive. */
  length: number;
  /** Decoded bytes of all files. */
  totalLength: number;
  manifest: Uint8Array;
  /** Where the records of each stream's blocks begin in the manifest. */
  blocks: number[];
  /** Number of the first job of each stream. */
  firstJobs: number[];
  /** Made when jobs are first asked for. */
  uses?: Use[][];
}

/** Opens an archive: its source gives what is asked for from the first byte on; `size` is −1 where it is not known. */
export async function openContainer(source: ByteSource, signal: AbortSignal | undefined): Promise<Archive> {
  const { size } = source;
  let bytes: Uint8Array = new Uint8Array(0);
  const range = async (start: number, end: number): Promise<Uint8Array> => {
    checkAborted(signal);
    if (size >= 0) needs('archive', end, size);
    if (end > bytes.length) {
      const most = size >= 0 ? Math.min(size, Math.max(end, READ_AHEAD)) : end;
      const more = await source.read(bytes.length, most - bytes.length);
      // Copied, for whoever gave the archive may change it while this is at work.
      bytes = joined([bytes, more]);
    }
    return bytes.subarray(start, end);
  };

  const headerLength = numberAt(await range(0, 8));
  demandArchive(headerLength <= MAX_HEADER, 'limit');
  const data = 8 + headerLength;
  demandArchive(data % ALIGN === 0);
  const header = await range(8, data);
  let found: Entry[];
  try {
    found = readHeader(header);
  } catch (error) {
    demandArchive(looksWritten(header));
    throw error;
  }
  const [first, ...entries] = found as [Entry, ...Entry[]];
  const last = entries.at(-1) ?? first;
  const length = data + last.start + last.length;
  if (size >= 0) {
    needs('archive', length, size);
    demand(length === size, 'archive', `${size} bytes, its header declares ${length}`);
  }
  within('MAX_MANIFEST', MAX_MANIFEST, first.length);
  const { plan, manifest, blocks } = readManifest((await range(data, data + first.length)).slice(), header);
  placeStreams(plan, entries, data);
  let jobs = 0;
  const firstJobs = plan.streams.map(({ len, block }) => {
    jobs += Math.ceil(len / jobLength(block));
    return jobs - Math.ceil(len / jobLength(block));
  });
  const totalLength = plan.files.reduce((sum, { len }) => sum + len, 0);
  return { plan, length, totalLength, manifest, blocks, firstJobs };
}

/** Whether all files come back as they were. */
export function isExact({ plan }: Archive): boolean {
  return !plan.files.some(({ approximate }) => approximate);
}

function numberAt(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

/** The header's entries are the plan's streams, and as long as their blocks: so they say where those are. */
function placeStreams({ streams }: ArchivePlan, entries: Entry[], data: number): void {
  demand(entries.length === streams.length, 'header', `${entries.length} entries for ${streams.length} streams`);
  for (const [index, entry] of entries.entries()) {
    const stream = streams[index] as ArchivePlan['streams'][number];
    demand(entry.name === stream.name && entry.length === align(stream.encoded), 'header', [entry, stream]);
    stream.offset = data + entry.start;
  }
}
