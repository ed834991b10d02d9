import { isExact, openContainer } from '../container/archive.js';
import { FileSequence } from '../decoding/file-sequence.js';
import { checkAborted, operate, toTensorpressError } from '../errors.js';
import { pullStream } from '../io/pull-stream.js';
import { SequentialSource } from '../io/sequential-source.js';
import type { ByteSource, FileContent } from '../io/source.js';
import { openExecutor } from '../jobs/open-executor.js';
import { type CommonOptions, checkStreamOptions } from '../options.js';
import { ProgressMeter } from '../progress.js';
import { ready } from '../wasm/instance.js';
import { openArchiveSource } from './decompress.js';

/** Options of `decompressStream`. */
export interface StreamOptions extends CommonOptions {
  /** Compares the digest of every file with the one taken at compression; its stream fails where they differ. */
  verify?: boolean | undefined;
}

/** A file whose bytes are still to come. */
export interface StreamedFile {
  /** Its path in the archive, relative, with `/`. */
  path: string;
  size: number;
  /** How many files the archive holds. */
  files: number;
  /** Its bytes. Take them before you ask for the next file: those of a file that is left behind are not to be had. */
  stream: ReadableStream<Uint8Array>;
}

/**
 * Decompresses an archive while it arrives: the first bytes come out before the last have come in, and memory stays
 * bounded however large the files are.
 *
 * ```ts
 * for await (const { path, stream } of decompressStream((await fetch(url)).body)) await save(path, stream)
 * ```
 */
export async function* decompressStream(
  input: FileContent | string | URL,
  options: StreamOptions = {},
): AsyncGenerator<StreamedFile, void, undefined> {
  checkStreamOptions(options);
  const { signal } = options;
  checkAborted(signal);
  let source: ByteSource | undefined;
  try {
    await ready();
    source = await openArchiveSource(input, signal);
    yield* streamSource(source, options);
  } catch (thrown) {
    checkAborted(signal);
    throw toTensorpressError(thrown);
  } finally {
    await source?.close();
  }
}

async function* streamSource(
  source: ByteSource,
  options: StreamOptions,
): AsyncGenerator<StreamedFile, void, undefined> {
  const { signal, verify = false } = options;
  const archive = await openContainer(source, signal);
  const executor = openExecutor(options, archive.totalLength, isExact(archive));
  const progress = new ProgressMeter('decode', archive.totalLength, options.onProgress);
  const sequence = new FileSequence(archive, source, executor, verify, signal, (count) => progress.add(count));
  const { files } = archive.plan;
  try {
    for (const [file, { path, len }] of files.entries()) {
      const chunks = sequence.chunks(file);
      const next = async (): Promise<Uint8Array | undefined> => {
        const { done, value } = await operate(signal, () => chunks.next());
        return done ? undefined : value;
      };
      const stop = (): void => sequence.skip(file);
      yield { path, size: len, files: files.length, stream: pullStream(next, stop) };
      stop();
    }
    await sequence.drain();
    if (source instanceof SequentialSource) await source.expectEnd(archive.length);
    progress.finish();
  } finally {
    // Jobs under way may wait for bytes that do not come.
    if (source.sequential) await source.close();
    await sequence.close();
    executor.close();
  }
}
