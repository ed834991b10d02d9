import { type Archive, isExact, jobsOf, openContainer, paramsOf, verifyFile } from '../container/archive.js';
import { type DecodeGroup, decodeGroups } from '../decoding/decode-groups.js';
import { StreamHashes } from '../decoding/stream-hashes.js';
import { checkAborted, operate, TensorpressError } from '../errors.js';
import { BlobOutputs, type DecompressedFile, type Into, MemoryOutputs, type OutputFiles } from '../io/outputs.js';
import { SequentialSource } from '../io/sequential-source.js';
import { type ByteSource, blobSource, type FileContent, memorySource, openSingle } from '../io/source.js';
import { inputAt } from '../jobs/bytes.js';
import { digestOf } from '../jobs/digest.js';
import { type Executor, runInOrder } from '../jobs/executor.js';
import { openExecutor } from '../jobs/open-executor.js';
import type { FileTarget } from '../jobs/protocol.js';
import { checkDecompressOptions, type DecompressOptions, type DecompressOutput } from '../options.js';
import { platform } from '../platform.js';
import { ProgressMeter } from '../progress.js';
import { ready } from '../wasm/instance.js';

/** The files of an archive, each in the form that was asked for. */
export type DecompressResult<Output extends DecompressOutput = 'bytes'> = ({
  /** Path within the archive. */
  path: string;
  /** Length in bytes. */
  size: number;
} & (Output extends 'bytes' | { into: Into }
  ? { bytes: Uint8Array<ArrayBuffer> }
  : Output extends 'blob'
    ? { blob: Blob }
    : { file: string }))[];

/**
 * Restores the files that an archive holds, byte for byte (files with approximated weights: as the encoder meant them).
 *
 * ```ts
 * const [model] = await decompress(bytes)
 * await decompress('model.tpress', { output: { path: 'model.safetensors' } })
 * ```
 */
export async function decompress(
  input: FileContent | string | URL,
  // An overload of its own: within a type parameter TypeScript could not tell what the function is called with.
  options: DecompressOptions<{ into: Into }> & { output: { into: Into } },
): Promise<DecompressResult<{ into: Into }>>;
export async function decompress<Output extends DecompressOutput = 'bytes'>(
  input: FileContent | string | URL,
  options?: DecompressOptions<Output>,
): Promise<DecompressResult<Output>>;
export async function decompress<Output extends DecompressOutput = 'bytes'>(
  input: FileContent | string | URL,
  options: DecompressOptions<Output> = {},
): Promise<DecompressResult<Output>> {
  checkDecompressOptions(options);
  const { signal } = options;
  return operate(signal, async () => {
    await ready();
    const source = await openArchiveSource(input, signal);
    try {
      return (await decompressSource(source, options)) as DecompressResult<Output>;
    } finally {
      await source.close();
    }
  });
}

/** Opens an archive; a stream is read as it comes, not held. */
export async function openArchiveSource(
  input: FileContent | string | URL,
  signal: AbortSignal | undefined,
): Promise<ByteSource> {
  return input instanceof ReadableStream ? new SequentialSource(input, signal) : openSingle(input, signal);
}

async function decompressSource(source: ByteSource, options: DecompressOptions): Promise<DecompressedFile[]> {
  const { signal, output } = options;
  const archive = await openContainer(source, signal);
  const writes = typeof output === 'object' && 'path' in output;
  const executor = openExecutor(options, archive.totalLength, !writes && isExact(archive));
  let outputs: OutputFiles | undefined;
  try {
    outputs = await openOutputs(options);
    await outputs.begin(archive.plan.files);
    const progress = new ProgressMeter('decode', archive.totalLength, options.onProgress);
    await decodeAll({ archive, source, executor, outputs, progress, signal }, options.verify === true);
    if (options.verify) await verifyAll(archive, outputs, executor, signal);
    await source.checkUnchanged();
    checkAborted(signal);
    const files = await outputs.finish();
    progress.finish();
    return files;
  } catch (error) {
    await outputs?.discard();
    throw error;
  } finally {
    executor.close();
  }
}

async function openOutputs(options: DecompressOptions): Promise<OutputFiles> {
  const { output = 'bytes', force = false } = options;
  if (output === 'bytes') return new MemoryOutputs();
  if (output === 'blob') return new BlobOutputs();
  if (typeof output === 'object' && 'into' in output) return new MemoryOutputs(output.into);
  const paths = __FILES__ ? platform().paths : undefined;
  if (paths) return paths.outputs(output.path, force);
  throw new TensorpressError('unsupported', "options.output.path: this runtime has no files; use 'blob' or 'bytes'");
}

interface Run {
  archive: Archive;
  source: ByteSource;
  executor: Executor;
  outputs: OutputFiles;
  progress: ProgressMeter;
  signal: AbortSignal | undefined;
}

/** Where a worker is to write a job by itself. */
function fileTargets(job: DecodeGroup, outputs: OutputFiles): FileTarget[] | undefined {
  if (!__FILES__ || outputs.local === undefined) return undefined;
  return job.targets.map(([file, offset, start, length]) => {
    return { path: outputs.local?.(file) ?? '', offset, start, length };
  });
}

async function decodeAll(run: Run, verify: boolean): Promise<void> {
  const { archive, source, executor, outputs, progress, signal } = run;
  const jobs = jobsOf(archive);
  const hashes = StreamHashes.where(verify, archive, jobs);
  const groups = decodeGroups(jobs);
  // The largest first, so that no worker is left with a long job at the end; a stream sets its own order.
  if (!source.sequential) groups.sort((a, b) => b.raw_len - a.raw_len);
  await runInOrder(
    groups,
    executor.window,
    async (job) => {
      checkAborted(signal);
      const input = await inputAt(source, job.offset, job.len);
      return executor.decode(paramsOf(archive, job.jobs), job.len, job.raw_len, input, {
        targets: fileTargets(job, outputs),
        hashed: hashes !== undefined,
      });
    },
    async (job, decoded) => {
      if (decoded.leaves) hashes?.add(job.jobs, decoded.leaves);
      for (const [file, offset, start, length] of job.targets) {
        const part = decoded.bytes?.subarray(start, start + length);
        if (part) await outputs.write(file, offset, part, decoded.owned);
        else if (__FILES__) outputs.written?.(file, length);
      }
      decoded.release();
      progress.add(job.raw_len);
    },
  );
  if (source instanceof SequentialSource) await source.expectEnd(archive.length);
}

async function verifyAll(
  archive: Archive,
  outputs: OutputFiles,
  executor: Executor,
  signal: AbortSignal | undefined,
): Promise<void> {
  await runInOrder(
    archive.plan.files.entries(),
    executor.window,
    async ([index, { path, len }]) => {
      const content = outputs.content(index);
      if (__FILES__ && typeof content === 'string') return executor.digest(content, len);
      const source = content instanceof Blob ? blobSource(path, content) : memorySource(path, content as Uint8Array);
      return digestOf(source, executor, signal);
    },
    ([index], digest) => verifyFile(archive, index, digest),
  );
}
