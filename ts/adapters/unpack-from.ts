import {
  type DecompressOptions,
  type DecompressOutput,
  type DecompressResult,
  decompress,
  decompressStream,
  type FileContent,
  type StreamedFile,
  type StreamOptions,
  TensorpressError,
} from 'tensorpress/decode';

/** What brings an archive from an address. */
export type Download = (input: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * An archive that was given as bytes, Blob, stream, path or address, as what `decompress` takes. Where there is a page a
 * string is an address; elsewhere it is one if it begins with a scheme, and a path if not.
 */
async function open(
  archive: FileContent | string | URL,
  download: Download | undefined,
  signal: AbortSignal | undefined,
): Promise<FileContent | string | URL> {
  const isAddress =
    archive instanceof URL ||
    (typeof archive === 'string' && (/^(https?|blob|data|file):/.test(archive) || globalThis.location !== undefined));
  if (!isAddress) return archive as FileContent | string;
  const address = String(archive);
  if (!download && address.startsWith('file:')) return new URL(address);
  let response: Response;
  try {
    const init = signal ? { signal } : {};
    response = await (download ? download(archive as string | URL, init) : globalThis.fetch(address, init));
  } catch (cause) {
    if (signal?.aborted) throw new TensorpressError('aborted', 'the operation was aborted', { cause: signal.reason });
    throw new TensorpressError('io', `cannot read ${address}: ${(cause as Error)?.message}`, { cause });
  }
  if (response.ok && response.body !== null) return response.body;
  await response.body?.cancel();
  throw new TensorpressError('io', `${address}: the server answered ${response.status}, expected an archive`);
}

/** Nobody else reads what was opened here, whatever is wrong. */
async function cancelUnread(opened: FileContent | string | URL): Promise<void> {
  if (opened instanceof ReadableStream && !opened.locked) await opened.cancel();
}

/** The files of an archive, wherever it is. */
export async function unpackFrom<Output extends DecompressOutput>(
  archive: FileContent | string | URL,
  download: Download | undefined,
  options: DecompressOptions<Output>,
): Promise<DecompressResult<Output>> {
  const input = await open(archive, download, options.signal);
  try {
    return await decompress(input, options);
  } catch (error) {
    if (input !== archive) await cancelUnread(input);
    throw error;
  }
}

/** The files of an archive, wherever it is, one after the other. */
export async function* streamFrom(
  archive: FileContent | string | URL,
  download: Download | undefined,
  options: StreamOptions,
): AsyncGenerator<StreamedFile, void, undefined> {
  const input = await open(archive, download, options.signal);
  try {
    yield* decompressStream(input, options);
  } finally {
    if (input !== archive) await cancelUnread(input);
  }
}
