import { checkAborted } from '../errors.js';
import type { Claim } from '../generated/engine.js';
import { type ByteSource, READ_CHUNK } from '../io/source.js';
import { RunningDigest } from '../jobs/digest.js';

/** Files whose tensors were found in the wrong places: they must be stored as plain bytes. */
export class WrongMaps extends Error {
  constructor(readonly files: number[]) {
    super(`the maps of ${files.length} files do not give back their bytes`);
  }
}

async function hash(source: ByteSource, offset: number, length: number, signal?: AbortSignal): Promise<string> {
  const digest = new RunningDigest();
  for (let at = 0; at < length; at += READ_CHUNK) {
    checkAborted(signal);
    digest.update(await source.read(offset + at, Math.min(READ_CHUNK, length - at)));
  }
  return digest.finish();
}

/** The files that would not come back as they are: what the engine claims to be the same is compared by XXH3-128. */
export async function wrongMaps(
  claims: Claim[],
  sources: ByteSource[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const wrong = new Set<number>();
  for (const { file, at, span } of claims) {
    if (wrong.has(file)) continue;
    const own = sources[file] as ByteSource;
    const [other, offset, length] = span;
    const found = await hash(sources[other] as ByteSource, offset, length, signal);
    if ((await hash(own, at, length, signal)) === found) continue;
    // A file that changed meanwhile is no fault of its map.
    await own.checkUnchanged();
    wrong.add(file);
  }
  return [...wrong];
}
