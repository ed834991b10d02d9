import { checkAborted, guardCaller, guardIo, TensorpressError } from '../errors.js';
import { type FolderReading, platform } from '../platform.js';
import { isBytes, isPath, tagOf } from '../realms.js';

/** Bytes read at once when a whole file is read in order. */
export const READ_CHUNK = 4 << 20;

/** One file to read from, wherever it is. */
export interface ByteSource {
  /** Relative path with `/`, as the archive names it. */
  readonly path: string;
  readonly size: number;
  /** Absolute path, where threads of this machine can read it by themselves. */
  readonly local?: string;
  /** Set where ranges can only be read in order. */
  readonly sequential?: boolean;
  /** All bytes, where they are in memory. */
  readonly memory?: Uint8Array;
  /** Reads a range; if the source is too short, that is an `io` error. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Refuses a file that changed since it was opened. */
  checkUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** A `ReadableStream` of bytes, by what libraries of types agree on: Node's are not assignable to those of browsers. */
export interface ByteStream {
  readonly locked: boolean;
  getReader(): Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'releaseLock' | 'cancel'>;
  cancel(reason?: unknown): Promise<void>;
}

/** The content of a named file. */
export type FileContent = Uint8Array | ArrayBuffer | Blob | ByteStream;

/** A file with a name of its own. */
export interface NamedFile {
  /** Its path in the archive, with `/`. */
  path: string;
  /** Its content, or its path on this machine, which may be a `file:` address. */
  data: FileContent | string | URL;
}

/**
 * What `compress` takes: bytes, a Blob or File, a stream, a path or `file:` address of a file or folder, or a list of named
 * files. Bytes must stay as they are until the operation is done.
 */
export type Input = FileContent | string | URL | NamedFile[];

const DEFAULT_NAME = 'model.bin';

const nothing = async (): Promise<void> => {};

/** Bytes that are in memory. */
export function memorySource(path: string, memory: Uint8Array): ByteSource {
  return {
    path,
    size: memory.length,
    memory,
    read: async (offset, length) => memory.subarray(offset, offset + length),
    checkUnchanged: nothing,
    close: nothing,
  };
}

/** A Blob or File. */
export function blobSource(path: string, blob: Blob): ByteSource {
  return {
    path,
    size: blob.size,
    async read(offset, length) {
      const part = blob.slice(offset, offset + length);
      return guardIo(`cannot read ${path}`, async () => new Uint8Array(await part.arrayBuffer()));
    },
    checkUnchanged: nothing,
    close: nothing,
  };
}

function describe(value: unknown): string {
  if (Object(value) !== value) return `${typeof value} ${String(value)}`;
  return (value as object).constructor?.name ?? 'an object';
}

async function openContent(path: string, data: FileContent, where: string, signal?: AbortSignal): Promise<ByteSource> {
  if (isBytes(data) || tagOf(data) === 'ArrayBuffer') {
    // The same memory as plain bytes, for Node's Buffer overrides methods such as `slice`. A buffer has none of these.
    const { buffer = data as ArrayBuffer, byteOffset, length } = data as Partial<Uint8Array>;
    return memorySource(
      path,
      guardCaller(where, () => new Uint8Array(buffer, byteOffset, length)),
    );
  }
  if (data instanceof Blob) return blobSource(path, data);
  if (data instanceof ReadableStream) {
    const spool = __FILES__ ? platform().paths?.spool : undefined;
    return spool ? renamed(await spool(data, signal), path) : memorySource(path, await gather(data, signal));
  }
  const expected = 'a Uint8Array, ArrayBuffer, Blob, ReadableStream or path';
  // Node's own streams are called alike.
  const advice = __FILES__ && Object(data).pipe ? ', which Readable.toWeb of node:stream makes a ReadableStream' : '';
  throw new TensorpressError('invalid-option', `${where}: expected ${expected}, found ${describe(data)}${advice}`);
}

/** The same source under another name. Its methods may be those of a class, so they are called, not copied. */
function renamed(source: ByteSource, path: string): ByteSource {
  return {
    path,
    size: source.size,
    ...(source.local === undefined ? {} : { local: source.local }),
    ...(source.memory === undefined ? {} : { memory: source.memory }),
    read: (offset, length) => source.read(offset, length),
    checkUnchanged: () => source.checkUnchanged(),
    close: () => source.close(),
  };
}

async function gather(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of readChunks(readerOf(stream), signal)) parts.push(new Uint8Array(chunk));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** What reads a stream of the caller's. */
export function readerOf(stream: ReadableStream<Uint8Array>): ReadableStreamDefaultReader<Uint8Array> {
  return guardCaller('input', () => stream.getReader());
}

/** The chunks of a stream, checked to be bytes. The stream is cancelled when whoever takes them stops early. */
export async function* readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  signal?: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  // A signal that has fired already sends no event any more.
  checkAborted(signal);
  const stop = (): void => {
    reader.cancel(signal?.reason).catch(() => {});
  };
  signal?.addEventListener('abort', stop);
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await guardIo('cannot read the stream', () => reader.read());
      checkAborted(signal);
      if (done) {
        ended = true;
        return;
      }
      if (!isBytes(value)) {
        throw new TensorpressError('invalid-option', `the stream must give Uint8Arrays, found ${describe(value)}`);
      }
      yield value;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    // Not awaited: half of a stream that was split is cancelled only when the other half is, too.
    if (!ended) reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

function noFiles(path: string | URL): TensorpressError {
  return new TensorpressError(
    'unsupported',
    `this runtime has no files: pass the bytes of ${path} instead of its path`,
  );
}

async function openPath(path: string | URL, reading?: FolderReading): Promise<ByteSource[]> {
  const paths = __FILES__ ? platform().paths : undefined;
  if (paths === undefined) throw noFiles(path);
  return paths.open(path, reading);
}

async function openNamed(files: NamedFile[], signal?: AbortSignal): Promise<ByteSource[]> {
  const opened: ByteSource[] = [];
  try {
    for (const [index, file] of files.entries()) {
      const where = `input[${index}]`;
      if (typeof file !== 'object' || file === null || typeof file.path !== 'string') {
        throw new TensorpressError('invalid-option', `${where}: expected { path, data }, found ${describe(file)}`);
      }
      for (const name of Object.keys(file)) {
        if (name === 'path' || name === 'data') continue;
        throw new TensorpressError('invalid-option', `${where}.${name}: no such field; there are path, data`);
      }
      opened.push(await openNamedOne(file, where, signal));
    }
    return opened;
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

async function openNamedOne(file: NamedFile, where: string, signal?: AbortSignal): Promise<ByteSource> {
  if (!isPath(file.data)) return openContent(file.path, file.data, `${where}.data`, signal);
  const found = await openPath(file.data);
  if (found.length === 1 && found[0]) return renamed(found[0], file.path);
  await closeAll(found);
  throw new TensorpressError('invalid-option', `${where}.data: expected one file, found a folder at ${file.data}`);
}

/** Opens whatever `compress`, `inspect` and `diff` take. @internal */
export async function openInput(input: Input, signal?: AbortSignal, reading?: FolderReading): Promise<ByteSource[]> {
  if (isPath(input)) return openPath(input, reading);
  if (__ENCODER__ && Array.isArray(input)) return openNamed(input, signal);
  const name = input instanceof File && input.name !== '' ? input.name : DEFAULT_NAME;
  return [await openContent(name, input as FileContent, 'input', signal)];
}

/** As `openInput`, where there are neither files nor lists of them. */
function openAlone(input: FileContent | string | URL, signal?: AbortSignal): Promise<ByteSource> {
  if (isPath(input)) throw noFiles(input);
  return openContent('archive', input, 'input', signal);
}

/** Opens an archive: as an input, but it must be one file. */
export async function openSingle(input: FileContent | string | URL, signal?: AbortSignal): Promise<ByteSource> {
  if (!__FILES__ && !__ENCODER__) return openAlone(input, signal);
  const sources = await openInput(input, signal);
  if (sources.length === 1 && sources[0]) return sources[0];
  await closeAll(sources);
  throw new TensorpressError('invalid-option', `${String(input)}: expected an archive, found a folder`);
}

/** Bytes of all sources. */
export function totalOf(sources: ByteSource[]): number {
  return sources.reduce((sum, source) => sum + source.size, 0);
}

/** Closes all. Errors of closing are ignored: that of the operation before is worth more. */
export async function closeAll(sources: Iterable<{ close(): Promise<void> }>): Promise<void> {
  for (const source of sources) await source.close().catch(() => {});
}
