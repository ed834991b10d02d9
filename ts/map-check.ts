import { READ_CHUNK } from './engine.js';
import { checkAborted } from './errors.js';
import type { EncodeJob, PlanPiece } from './generated/engine.js';
import { RunningDigest } from './local.js';
import type { Span } from './plan.js';
import type { ByteSource } from './source.js';

/** Files whose tensors were found in the wrong places: they must be stored as plain bytes. */
export class WrongMaps extends Error {
  constructor(readonly files: number[]) {
    super(`the maps of ${files.length} files do not give back their bytes`);
  }
}

interface Range {
  start: number;
  span: Span;
}

/** For each stream the input bytes that its encoder is handed. */
function handedOver(jobs: EncodeJob[]): Range[][] {
  const streams: Range[][] = [];
  const lengths: number[] = [];
  for (const { stream, spans } of jobs) {
    const ranges = streams[stream] ?? [];
    streams[stream] = ranges;
    for (const span of spans) {
      const start = lengths[stream] ?? 0;
      ranges.push({ start, span });
      lengths[stream] = start + span[2];
    }
  }
  return streams;
}

/** The spans behind `length` bytes of a stream from `start` on. */
function* cut(ranges: Range[], start: number, length: number): Generator<Span> {
  let [low, high] = [0, ranges.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as Range).start <= start) low = middle;
    else high = middle;
  }
  const end = start + length;
  for (let index = low; index < ranges.length; index += 1) {
    const { start: at, span } = ranges[index] as Range;
    if (at >= end) return;
    const from = Math.max(at, start);
    const to = Math.min(at + span[2], end);
    if (to > from) yield [span[0], span[1] + from - at, to - from];
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

/**
 * The files that would not come back as they are. In the order of a file's map, the bytes that the encoders are handed
 * must be the file, first byte to last. Where they are handed the very bytes in question nothing need be read; what a
 * map takes from elsewhere, as for a tensor that occurs twice, is compared by XXH3-128.
 */
export async function wrongMaps(
  files: PlanPiece[][],
  jobs: EncodeJob[],
  sources: ByteSource[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const ranges = handedOver(jobs);
  const wrong: number[] = [];
  let skeleton = 0;
  for (const [index, pieces] of files.entries()) {
    const own = sources[index] as ByteSource;
    let at = 0;
    let right = true;
    for (const piece of pieces) {
      const [stream, start, length] = piece.length === 2 ? [0, skeleton, piece[1]] : piece;
      if (stream === 0) skeleton += length;
      for (const [file, offset, count] of cut(ranges[stream] ?? [], start, length)) {
        if (right && (file !== index || offset !== at)) {
          const other = sources[file] as ByteSource;
          right =
            at + count <= own.size &&
            (await hash(own, at, count, signal)) === (await hash(other, offset, count, signal));
        }
        at += count;
      }
    }
    if (right && at === own.size) continue;
    // A file that changed meanwhile is no fault of its map.
    await own.checkUnchanged();
    wrong.push(index);
  }
  return wrong;
}
