import { checkAborted, guardIo, TensorpressError } from '../errors.js';
import type { ByteSource } from './source.js';

/** Read with the first request: the head of most archives. */
const FIRST_READ = 64 << 10;

interface Answer {
  bytes: Uint8Array;
  total: number;
  etag: string | null;
}

async function request(url: URL, offset: number, length: number, signal: AbortSignal): Promise<Answer> {
  const range = `bytes=${offset}-${offset + length - 1}`;
  const response = await fetch(url, { headers: { Range: range }, signal });
  const { status, headers } = response;
  const found = headers.get('content-range');
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(found ?? '') ?? [];
  const total = Number(size);
  if (status === 206 && Number(start) === offset && Number.isSafeInteger(total)) {
    return { bytes: new Uint8Array(await response.arrayBuffer()), total, etag: headers.get('etag') };
  }
  await response.body?.cancel();
  if (status === 200) {
    const advice = 'download the whole archive and use decompress';
    throw new TensorpressError('unsupported', `${url}: the server ignores Range requests; ${advice}`);
  }
  throw new TensorpressError('io', `${url}: HTTP status ${status} with Content-Range ${found} for ${range}`);
}

/** A file on a server that answers Range requests. */
export async function httpSource(url: URL, signal: AbortSignal | undefined): Promise<ByteSource> {
  if (!/^https?:$/.test(url.protocol)) {
    throw new TensorpressError('invalid-option', `${url}: expected an http: or https: address`);
  }
  // Ends what is under way when the archive is closed, too.
  const own = new AbortController();
  signal?.addEventListener('abort', () => own.abort(), { signal: own.signal });
  const get = (offset: number, length: number): Promise<Answer> => {
    checkAborted(signal);
    return guardIo(`cannot read ${url}`, () => request(url, offset, length, own.signal));
  };
  const first = await get(0, FIRST_READ);
  return {
    path: url.pathname.split('/').at(-1) || 'archive',
    size: first.total,
    async read(offset, length) {
      if (length === 0) return new Uint8Array(0);
      if (offset + length <= first.bytes.length) return first.bytes.subarray(offset, offset + length);
      const { bytes, total, etag } = await get(offset, length);
      if (total !== first.total || etag !== first.etag) {
        throw new TensorpressError('io', `${url} changed while it was read: open it again`);
      }
      if (bytes.length !== length) {
        throw new TensorpressError('io', `${url}: asked for ${length} bytes at ${offset}, found ${bytes.length}`);
      }
      return bytes;
    },
    checkUnchanged: async () => {},
    close: async () => own.abort(),
  };
}
