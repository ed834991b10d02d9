import { hash64 } from '../wasm/instance.js';
import type { Archive } from './archive.js';
import { demand } from './faults.js';
import { hexAt, STREAM_BYTES } from './manifest.js';

function compare(what: string, name: string | undefined, expected: string | undefined, found: string): void {
  demand(found === expected, what, `${name} decodes to bytes of hash ${found}, expected ${expected}`);
}

/** Compares the leaf hashes of all blocks of a stream, 8 bytes each, with the stream's hash. */
export function verifyStream({ plan, manifest, blocks }: Archive, stream: number, leaves: Uint8Array): void {
  const expected = hexAt(manifest, (blocks[stream] ?? 0) - STREAM_BYTES);
  compare('stream', plan.streams[stream]?.name, expected, hash64(leaves));
}

/**
 * Compares the XXH3-128 of a restored file with that of the original. An approximate file has another, so that there is
 * nothing to compare: the hashes of its streams say whether it is what it was meant to be.
 */
export function verifyFile({ plan }: Archive, file: number, found: string): void {
  const { path, digest, approximate } = plan.files[file] ?? {};
  if (!approximate) compare('file', path, digest, found);
}
