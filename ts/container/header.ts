import { TensorpressError } from '../errors.js';
import { demand, demandArchive } from './faults.js';
import { counts, fail, members, parseJson, record, string } from './json.js';
import { MAX_STREAMS } from './limits.js';

/** Everything in the container begins at a multiple of this. */
export const ALIGN = 64;
/** The version that is read. */
const VERSION = 1;
/** Name of the manifest's entry. */
export const MANIFEST = 'tensorpress.manifest';

/** An entry of the header: its bytes begin `start` behind the header's end. */
export interface Entry {
  name: string;
  start: number;
  length: number;
}

const METADATA = record({ format: string, version: string });
const ENTRY = record({
  dtype: string,
  shape: counts<[number]>(() => 1),
  data_offsets: counts<[number, number]>(() => 2),
});

/** `length` and what pads it. */
export function align(length: number): number {
  return Math.ceil(length / ALIGN) * ALIGN;
}

/** Refuses every other version, by name. */
export function checkVersion(found: string | number | undefined): void {
  if (String(found) === String(VERSION)) return;
  const shown = JSON.stringify(found);
  throw new TensorpressError('unsupported', `container version ${shown}; this build reads version ${VERSION}`);
}

/** Whether a header may be one that tensorpress wrote: it names the manifest first. */
export function looksWritten(header: Uint8Array): boolean {
  return String.fromCharCode(...header.subarray(0, 256)).includes(MANIFEST);
}

/** Reads the header's JSON: who wrote it, and entries that tile what follows. */
export function readHeader(bytes: Uint8Array): Entry[] {
  const found: [string, ReturnType<typeof ENTRY>][] = [];
  const metadata = parseJson('header', bytes, () => {
    let known: ReturnType<typeof METADATA> | undefined;
    members((name) => {
      if (name === '__metadata__') {
        if (known) fail(`one ${name}`);
        known = METADATA();
      } else {
        if (found.length > MAX_STREAMS) fail(`at most ${MAX_STREAMS} entries`);
        found.push([name, ENTRY()]);
      }
    });
    return known;
  });
  demandArchive(metadata?.format === 'tensorpress');
  checkVersion(metadata?.version);
  let at = 0;
  const entries = found.map((member) => {
    const [name, { dtype, shape, data_offsets }] = member;
    const [start, end] = data_offsets;
    const length = end - start;
    const tiles = dtype === 'U8' && start === at && length === shape[0] && length >= 0 && end % ALIGN === 0;
    demand(tiles, 'header', member);
    at = end;
    return { name, start, length };
  });
  demand(new Set(found.map(([name]) => name)).size === found.length, 'header', 'an entry occurs twice');
  demand(entries[0]?.name === MANIFEST, 'header', `the first entry is not ${MANIFEST}`);
  return entries;
}
