import { groupsOf, runEncodeJobs } from '../encoding/encode-jobs.js';
import { FileDigests } from '../encoding/file-digests.js';
import { hooks } from '../encoding/hooks.js';
import type { KeptResults } from '../encoding/kept-results.js';
import { WrongMaps, wrongMaps } from '../encoding/map-check.js';
import { planSources } from '../encoding/plan-sources.js';
import { tune } from '../encoding/tune.js';
import { verifyArchive } from '../encoding/verify-archive.js';
import { checkAborted, guard, operate, TensorpressError } from '../errors.js';
import type { Claim, EncodeGroup, Opaque, Report } from '../generated/engine.js';
import { BlobSink, type ByteSink, MemorySink } from '../io/sink.js';
import { type ByteSource, closeAll, type Input, openInput, totalOf } from '../io/source.js';
import { digestOf } from '../jobs/digest.js';
import { type Executor, runInOrder } from '../jobs/executor.js';
import { LocalExecutor } from '../jobs/local-executor.js';
import { openExecutor } from '../jobs/open-executor.js';
import { type CompressOptions, type CompressOutput, checkCompressOptions, recipeOf } from '../options.js';
import type { Span } from '../plan.js';
import { platform } from '../platform.js';
import { ProgressMeter } from '../progress.js';
import type { Compressor } from '../wasm/bindings.js';
import { ready } from '../wasm/instance.js';

/** What `compress` gives: the archive in the form that was asked for, and the report. */
export type CompressResult<Output extends CompressOutput = 'bytes'> = { report: Report } & (Output extends
  | 'bytes'
  | { into: Uint8Array<ArrayBuffer> }
  ? {
      /** The archive. Its `buffer` may be a little longer. */
      bytes: Uint8Array<ArrayBuffer>;
    }
  : Output extends 'blob'
    ? { blob: Blob }
    : Output extends 'stream'
      ? { stream: ReadableStream<Uint8Array> }
      : { path: string });

/**
 * Compresses a model file, a folder of them, or anything else: losslessly, unless the options allow weights to change.
 *
 * ```ts
 * const { bytes, report } = await compress('model.safetensors')
 * await compress('model-folder', { output: { path: 'model.tpress' }, effort: 'max' })
 * ```
 */
export async function compress<Output extends CompressOutput = 'bytes'>(
  input: Input,
  options: CompressOptions<Output> = {},
): Promise<CompressResult<Output>> {
  checkCompressOptions(options);
  const { signal, followLinks, output } = options;
  return operate(signal, async () => {
    await ready();
    const without = (output as { path?: string | URL } | undefined)?.path;
    const sources = await openInput(input, signal, { followLinks, without });
    try {
      refuseOverlap(sources, output);
      // Which form the result has follows from the option, which TypeScript cannot see.
      return (await compressSources(sources, options)) as unknown as CompressResult<Output>;
    } finally {
      await closeAll(sources);
    }
  });
}

/** Refuses to write an archive over what is still to be read: nothing would notice that the content has changed. */
function refuseOverlap(sources: ByteSource[], output: CompressOutput | undefined): void {
  const into = (output as { into?: Uint8Array } | undefined)?.into;
  for (const { memory } of sources) {
    if (!into || memory?.buffer !== into.buffer) continue;
    const start = memory.byteOffset - into.byteOffset;
    if (start < into.length && start + memory.length > 0) {
      throw new TensorpressError('invalid-option', 'options.output.into: it holds bytes of the input');
    }
  }
}

/** Compresses; files whose maps turn out to be wrong are stored as plain bytes the next time. */
async function compressSources(
  sources: ByteSource[],
  options: CompressOptions,
): Promise<CompressResult<CompressOutput>> {
  const opaque: Opaque[] = [];
  for (;;) {
    try {
      return await compressOnce(sources, options, opaque);
    } catch (thrown) {
      if (!(thrown instanceof WrongMaps)) throw thrown;
      for (const file of thrown.files) {
        if (opaque.some((known) => known.file === file)) {
          throw new TensorpressError('internal', `${sources[file]?.path} does not come back even as plain bytes`);
        }
        opaque.push({ file, reason: 'stored as plain bytes: the map of its tensors does not give back its bytes' });
      }
    }
  }
}

async function compressOnce(
  sources: ByteSource[],
  options: CompressOptions,
  opaque: Opaque[],
): Promise<CompressResult<CompressOutput>> {
  const { signal, output = 'bytes', force = false } = options;
  const total = totalOf(sources);
  const compressor = await planSources(sources, options.effort ?? 'default', signal, opaque, recipeOf(options));
  const executor = openExecutor(options, total);
  let sink: ByteSink | undefined;
  try {
    const claims = JSON.parse(guard(() => compressor.claims())) as Claim[];
    hooks.claimed?.(claims);
    refuse(await wrongMaps(claims, sources, signal));
    const kept = await tune(compressor, sources, executor, options.onProgress, signal);
    const groups = groupsOf(compressor);
    hooks.planned?.(groups);
    const progress = new ProgressMeter('encode', total, options.onProgress);
    const coded = groups.reduce((sum, group) => sum + group.raw_len, 0);
    sink = await openSink(output, force, compressor, () => [progress.count, coded]);
    await runJobs({ sources, groups, compressor, executor, sink, progress, signal, kept });
    for (const source of sources) await source.checkUnchanged();
    checkAborted(signal);
    await sink.write(
      guard(() => compressor.finish()),
      0,
      true,
    );
    const length = compressor.total_len();
    if (options.verify) refuse(await verifyArchive(sink, length, executor, signal));
    await sink.finish(length);
    progress.finish();
    const report = JSON.parse(guard(() => compressor.report())) as Report;
    noteName(sources, report);
    return resultOf(sink, output, report);
  } catch (error) {
    await sink?.discard();
    throw error;
  } finally {
    executor.close();
    compressor.free();
  }
}

/** Says so where a file has another name in the archive: one alone. */
function noteName([source]: ByteSource[], { files: [file] }: Report): void {
  if (!source || !file || source.path === file.path) return;
  const note = `stored under this name, for no archive can hold ${JSON.stringify(source.path)}`;
  file.note = file.note ? `${note}; ${file.note}` : note;
}

function refuse(wrong: number[]): void {
  if (wrong.length > 0) throw new WrongMaps(wrong);
}

interface Run {
  sources: ByteSource[];
  groups: EncodeGroup[];
  compressor: Compressor;
  executor: Executor;
  sink: ByteSink;
  progress: ProgressMeter;
  signal: AbortSignal | undefined;
  kept: KeptResults;
}

/** Encodes all jobs and digests all files, at the same time where there are workers. */
async function runJobs(run: Run): Promise<void> {
  const { executor } = run;
  if (executor instanceof LocalExecutor) {
    const digests = new FileDigests(run.sources, executor, run.signal);
    try {
      await encodeAll(run, (spans) => digests.follow(spans));
      for (const file of run.sources.keys()) {
        const digest = await digests.finish(file);
        guard(() => run.compressor.set_digest(file, digest));
      }
    } finally {
      digests.close();
    }
    return;
  }
  // Waits for both even if one fails: nothing may still be running when the output is removed.
  const outcomes = await Promise.allSettled([digestAll(run), encodeAll(run)]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function digestAll({ sources, compressor, executor, signal }: Run): Promise<void> {
  await runInOrder(
    sources.entries(),
    executor.window,
    async ([, source]) => {
      checkAborted(signal);
      return digestOf(source, executor, signal);
    },
    ([file], digest) => guard(() => compressor.set_digest(file, digest)),
  );
}

function encodeAll(
  { sources, groups, compressor, executor, sink, progress, signal, kept }: Run,
  follow?: (spans: Span[]) => Promise<void>,
): Promise<void> {
  return runEncodeJobs(groups, { compressor, sources, executor, signal, kept }, async (group, encoded) => {
    const offset = guard(() => compressor.place(group.first, group.jobs, encoded.meta));
    await sink.write(encoded.bytes, offset, encoded.owned);
    encoded.release();
    // Kept results, which are owned, have left no input behind.
    if (!encoded.owned) await follow?.(group.spans);
    progress.add(group.raw_len);
  });
}

async function openSink(
  output: CompressOutput,
  force: boolean,
  compressor: Compressor,
  shrunk: () => [number, number],
): Promise<ByteSink> {
  if (output === 'bytes' || (typeof output === 'object' && 'into' in output)) {
    const into = output === 'bytes' ? undefined : output.into;
    return new MemorySink(compressor.max_len(), compressor.head_len(), shrunk, into);
  }
  if (output === 'blob') return new BlobSink();
  const paths = platform().paths;
  if (output === 'stream') return paths?.scratch ? paths.scratch() : new BlobSink();
  if (paths) return paths.sink(output.path, force);
  throw new TensorpressError('unsupported', "options.output.path: this runtime has no files; use 'blob' or 'bytes'");
}

function resultOf(sink: ByteSink, output: CompressOutput, report: Report): CompressResult<CompressOutput> {
  if (sink instanceof MemorySink) return { report, bytes: sink.bytes };
  if (output === 'stream') return { report, stream: sink.stream?.() ?? (sink as BlobSink).blob.stream() };
  if (sink instanceof BlobSink) return { report, blob: sink.blob };
  return { report, path: sink.path as string };
}
