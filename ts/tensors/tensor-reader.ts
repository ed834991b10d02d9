import { type Archive, type Job, jobsOf, paramsOf } from '../container/archive.js';
import { type DecodeGroup, decodeGroups } from '../decoding/decode-groups.js';
import { TensorpressError } from '../errors.js';
import type { PlanTensor } from '../generated/engine.js';
import { type ByteSource, READ_CHUNK } from '../io/source.js';
import { inputAt } from '../jobs/bytes.js';
import { type Executor, runInOrder } from '../jobs/executor.js';
import type { AnyPlan, Span } from '../plan.js';
import { platform } from '../platform.js';

/** Tensors, wherever they are stored. */
export interface TensorReader {
  readonly plan: AnyPlan;
  /** The bytes of one of the plan's tensors. */
  read(tensor: PlanTensor): Promise<Uint8Array<ArrayBuffer>>;
}

/** Where every stream but the skeleton lies in the original files: the first place of each of its bytes. */
function placesOf(plan: AnyPlan): Map<number, { start: number; span: Span }[]> {
  const places = new Map<number, { start: number; span: Span }[]>();
  for (const [file, { pieces }] of plan.files.entries()) {
    let offset = 0;
    for (const piece of pieces) {
      if (piece.length === 2) {
        offset += piece[1];
        continue;
      }
      const [stream, start, length] = piece;
      const list = places.get(stream) ?? [];
      if (list.length === 0) places.set(stream, list);
      list.push({ start, span: [file, offset, length] });
      offset += length;
    }
  }
  for (const list of places.values()) list.sort((a, b) => a.start - b.start);
  return places;
}

/** First byte of a tensor in its stream, and its length. */
function rangeOf(plan: AnyPlan, tensor: PlanTensor, stream: number): [start: number, length: number] {
  return tensor.range ?? [0, plan.streams[stream]?.len ?? 0];
}

/** Length of a tensor's bytes. */
export function tensorLength(plan: AnyPlan, tensor: PlanTensor): number {
  if (tensor.stream !== undefined) return rangeOf(plan, tensor, tensor.stream)[1];
  return (tensor.spans ?? []).reduce((sum, [, , length]) => sum + length, 0);
}

/** Tensors of files that are not compressed. */
export function fileTensors(plan: AnyPlan, sources: ByteSource[]): TensorReader {
  const places = placesOf(plan);
  return {
    plan,
    async read(tensor) {
      const bytes = platform().allocate(tensorLength(plan, tensor));
      let at = 0;
      const take = async ([file, offset, length]: Span): Promise<void> => {
        const source = sources[file] as ByteSource;
        bytes.set(await source.read(offset, length), at);
        at += length;
      };
      if (tensor.stream === undefined) {
        for (const span of tensor.spans ?? []) await take(span);
        return bytes;
      }
      const [first, size] = rangeOf(plan, tensor, tensor.stream);
      for (const { start, span } of places.get(tensor.stream) ?? []) {
        // A stream that is used twice lies in the files twice.
        const skip = first + at - start;
        const [file, offset, length] = span;
        if (skip >= 0 && skip < length && at < size) {
          await take([file, offset + skip, Math.min(length - skip, size - at)]);
        }
      }
      return bytes;
    },
  };
}

/** Tensors of an archive; reads and decodes only the blocks that hold them. */
export function archiveTensors(archive: Archive, source: ByteSource, executor: Executor): TensorReader {
  const { plan } = archive;
  let skeleton: Job[] | undefined;

  const decode = async (jobs: Job[], place: (job: DecodeGroup, bytes: Uint8Array) => void): Promise<void> => {
    await runInOrder(
      decodeGroups(jobs, READ_CHUNK),
      executor.window,
      async (job) => {
        const input = await inputAt(source, job.offset, job.len);
        return executor.decode(paramsOf(archive, job.jobs), job.len, job.raw_len, input);
      },
      (job, { bytes, release }) => {
        if (bytes) place(job, bytes);
        release();
      },
    );
  };

  const readSpan = async ([file, offset, length]: Span, into: Uint8Array): Promise<void> => {
    skeleton ??= jobsOf(archive, [0]);
    const jobs = skeleton.filter((job) => {
      return job.targets.some(([of, at, , size]) => of === file && at < offset + length && at + size > offset);
    });
    await decode(jobs, (job, bytes) => {
      for (const [of, at, start, size] of job.targets) {
        if (of === file) overlay(into, offset, bytes.subarray(start, start + size), at);
      }
    });
  };

  return {
    plan,
    async read(tensor) {
      const bytes = platform().allocate(tensorLength(plan, tensor));
      if (tensor.stream !== undefined) {
        const [first, size] = rangeOf(plan, tensor, tensor.stream);
        const jobs = jobsOf(archive, [tensor.stream]).filter((job) => {
          return job.start < first + size && job.start + job.raw_len > first;
        });
        await decode(jobs, (job, decoded) => overlay(bytes, first, decoded, job.start));
      }
      let at = 0;
      for (const span of tensor.stream === undefined ? (tensor.spans ?? []) : []) {
        await readSpan(span, bytes.subarray(at, at + span[2]));
        at += span[2];
      }
      return bytes;
    },
  };
}

/** Copies what two ranges of the same bytes share: `into` begins at byte `first`, `bytes` at byte `at`. */
function overlay(into: Uint8Array, first: number, bytes: Uint8Array, at: number): void {
  const start = Math.max(first, at);
  const end = Math.min(first + into.length, at + bytes.length);
  if (end > start) into.set(bytes.subarray(start - at, end - at), start - first);
}

/** The tensor of a name, where there is exactly one. */
export function findTensor(plan: AnyPlan, name: string, path: string | undefined): PlanTensor {
  const there = plan.tensors.filter(({ file }) => path === undefined || plan.files[file]?.path === path);
  const found = there.filter((tensor) => tensor.name === name);
  if (found.length === 1 && found[0]) return found[0];
  const where = path === undefined ? 'the archive' : path;
  if (found.length === 0) {
    const few = there.slice(0, 5).map((tensor) => JSON.stringify(tensor.name));
    const more = there.length > few.length ? `, … (${there.length} in all)` : '';
    throw new TensorpressError(
      'invalid-option',
      `${where} has no tensor ${JSON.stringify(name)}; it has ${few.join(', ') || 'none'}${more}`,
    );
  }
  const advice = 'pass { file } with the path of the file that declares it';
  throw new TensorpressError(
    'invalid-option',
    `${where} has ${found.length} tensors ${JSON.stringify(name)}: ${advice}`,
  );
}
