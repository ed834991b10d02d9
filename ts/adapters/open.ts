import { type FileContent, TensorpressError } from 'tensorpress/decode';

/** What brings an archive from an address. */
export type Download = (input: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * An archive that was given as bytes, Blob, stream, path or address, as what `decompress` takes. Where there is a page a
 * string is an address; elsewhere it is one if it begins with a scheme, and a path if not.
 */
export async function openArchiveInput(
  archive: FileContent | string | URL,
  download: Download = (input, init) => globalThis.fetch(input, init),
  signal?: AbortSignal,
): Promise<FileContent | string> {
  const isAddress =
    archive instanceof URL ||
    (typeof archive === 'string' && (/^(https?|blob|data):/.test(archive) || globalThis.location !== undefined));
  if (!isAddress) return archive as FileContent | string;
  const response = await download(archive, signal ? { signal } : {});
  if (response.ok && response.body !== null) return response.body;
  throw new TensorpressError('io', `${String(archive)}: the server answered ${response.status}, expected an archive`);
}
