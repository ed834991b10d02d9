import { guard } from '../errors.js';
import { copyBytes } from '../io/copy.js';
import type { ByteSource } from '../io/source.js';
import type { Span } from '../plan.js';
import type { DirectFiles } from '../platform.js';
import { type Codec, view } from '../wasm/instance.js';
import type { FileRange, FileTarget } from './protocol.js';

/** The bytes a job works on: pieces in memory, to be copied one behind the other, or ranges of local files. */
export type JobInput = { pieces: Uint8Array[] } | { ranges: FileRange[] };

/** Length of a job's input. */
export function inputLength(input: JobInput): number {
  const parts: { length: number }[] =
    !__FILES__ || 'pieces' in input ? (input as { pieces: Uint8Array[] }).pieces : input.ranges;
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** A range of a source as the input of a job: a view of memory, a range for the worker to read, or bytes read here. */
export async function inputAt(source: ByteSource, offset: number, length: number): Promise<JobInput> {
  const path = __FILES__ ? source.local : undefined;
  return path === undefined
    ? { pieces: [await piece(source, offset, length)] }
    : { ranges: [{ path, offset, length }] };
}

/** A range of a source: a view of memory, or bytes read here. */
export function piece(source: ByteSource, offset: number, length: number): Uint8Array | Promise<Uint8Array> {
  return source.memory?.subarray(offset, offset + length) ?? source.read(offset, length);
}

/** The input of a job that takes bytes from several places. */
export async function inputOf(sources: ByteSource[], spans: Span[]): Promise<JobInput> {
  const of = (file: number): ByteSource => {
    const source = sources[file];
    if (source === undefined) throw new Error(`the engine named file ${file} of ${sources.length}`);
    return source;
  };
  if (__FILES__ && spans.every(([file]) => of(file).local !== undefined)) {
    return { ranges: spans.map(([file, offset, length]) => ({ path: of(file).local ?? '', offset, length })) };
  }
  const pieces: Uint8Array[] = [];
  for (const [file, offset, length] of spans) pieces.push(await piece(of(file), offset, length));
  return { pieces };
}

/** Brings a job's input into the engine's memory: the only copy on the way in. */
export function loadInput(codec: Codec, input: JobInput, files: DirectFiles | undefined): void {
  const length = inputLength(input);
  const into = view(
    guard(() => codec.input(length)),
    length,
  );
  if (!__FILES__ || 'pieces' in input) {
    let at = 0;
    for (const piece of (input as { pieces: Uint8Array[] }).pieces) {
      copyBytes(piece, into, at);
      at += piece.length;
    }
    return;
  }
  if (files === undefined) throw new Error('this runtime has no files');
  files.read(input.ranges, into);
}

/** The output of the codec's last job, in the engine's memory. */
export function outputOf(codec: Codec): Uint8Array<ArrayBuffer> {
  return view(codec.output_ptr(), codec.output_len());
}

/** Writes a decoded job where it belongs. */
export function writeTargets(bytes: Uint8Array, targets: FileTarget[], files: DirectFiles | undefined): void {
  if (files === undefined) throw new Error('this runtime has no files');
  files.write(targets, bytes);
}
