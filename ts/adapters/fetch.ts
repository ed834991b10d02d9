import { archiveFinder } from './address.js';
import { SharedDownloads } from './shared-downloads.js';
import { withCopy } from './stream-copy.js';
import { isDamage, unpackResponse } from './unpack.js';

/** A `fetch`, as every runtime has one. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The part of a `Cache` that is used. Damaged archives are removed from it if it has `delete`. */
export interface ArchiveCache {
  match(address: string): Promise<Response | undefined>;
  put(address: string, response: Response): Promise<void>;
  delete?(address: string): Promise<boolean>;
}

/** Options of `createFetch`. */
export interface FetchOptions {
  /** What makes the requests; by default the runtime's own `fetch`. */
  fetch?: Fetch | undefined;
  /**
   * Which addresses are looked for in compressed form: by default those that end in the extension of a model file (`.onnx`,
   * `.onnx_data`, `.safetensors`, `.gguf`, `.bin`, `.tflite`, `.pt`, `.pth`, `.npy`, `.npz`, `.h5`).
   */
  match?: RegExp | ((url: URL) => boolean) | undefined;
  /** What is appended to an address (before its query) to get that of its archive; default `.tpress`. */
  suffix?: string | undefined;
  /**
   * Keeps archives as they came, still compressed: a `Cache`, opened or being opened (`caches.open('models')`). What it
   * holds is asked for again only where it is damaged or a request's own `cache` is `'reload'`, `'no-cache'` or
   * `'no-store'`.
   */
  cache?: ArchiveCache | Promise<ArchiveCache> | undefined;
  /** Worker threads that decode, as in `decompressStream`. */
  workers?: number | 'auto' | undefined;
}

/**
 * A `fetch` that downloads model files in compressed form. A request for `model.onnx` is answered with the content of
 * `model.onnx.tpress`, unpacked while it arrives; if the archive holds several files, with the one of that name. Where there
 * is no such archive, and for all other requests, the answer is that of `options.fetch`; so it is for requests with
 * `integrity`, which is the hash of the uncompressed file. Range and HEAD requests are answered as for the unpacked file.
 * Requests for one archive that are made in the same way at the same time share its download.
 *
 * ```ts
 * const fetch = createFetch()
 * const model = await (await fetch('/models/model.onnx')).arrayBuffer() // downloads model.onnx.tpress
 * ```
 */
export function createFetch(options: FetchOptions = {}): Fetch {
  const { workers } = options;
  // One that cannot be opened, as in private windows, keeps nothing.
  const opened = Promise.resolve(options.cache).catch(() => undefined);
  const below: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const archiveOf = archiveFinder(options);
  const downloads = new SharedDownloads();

  return async (input, init) => {
    const request = describe(input, init ?? {});
    const sought = request && archiveOf(request.url);
    if (!sought) return below(input, init);
    const { archive, file } = sought;
    const { headers, method, signal } = request;
    const cache = await opened;
    const mode = request.init.cache;
    const isFresh = mode === 'reload' || mode === 'no-cache' || mode === 'no-store';

    const unpack = async (found: Response, onDamage: () => void): Promise<Response> => {
      // Ranges are for GET alone.
      const range = method === 'GET' && isCurrent(found, headers.get('if-range')) ? headers.get('range') : null;
      const unpacked = await unpackResponse(found, { file, range, workers, signal, onDamage });
      if (method !== 'HEAD') return unpacked;
      await unpacked.body?.cancel();
      return new Response(null, unpacked);
    };
    const forget = (): void => {
      Promise.resolve(cache?.delete?.(archive.href)).catch(() => {});
    };

    try {
      const kept = isFresh ? undefined : await Promise.resolve(cache?.match(archive.href)).catch(() => undefined);
      if (kept) {
        try {
          return await unpack(kept, forget);
        } catch (error) {
          // It may have been kept before it was whole, so it is brought anew.
          if (!isDamage(error)) throw error;
        }
      }
      // What is taken in part only is not kept.
      const keeps = cache !== undefined && mode !== 'no-store' && method === 'GET' && !headers.has('range');
      let stored = Promise.resolve();
      const found = await downloads.get(keyOf(archive, request, keeps), signal, async (signal) => {
        const response = await download(archive, request, below, signal);
        if (!keeps || response?.status !== 200 || !response.body) return response;
        const [body, copy] = withCopy(response.body);
        stored = cache
          .put(archive.href, new Response(copy, response))
          .catch(() => {})
          // Where it was not taken to its end it is not to be held.
          .then(() => copy.cancel())
          .catch(() => {});
        return new Response(body, response);
      });
      if (found === undefined) return await below(input, init);
      return await unpack(found, () => stored.then(forget));
    } catch (error) {
      // What a `fetch` that is aborted throws.
      throw signal?.aborted ? signal.reason : error;
    }
  };
}

interface Described {
  url: string;
  method: string;
  headers: Headers;
  signal: AbortSignal | undefined;
  init: RequestInit;
}

/** What an archive's request has of the original's, where the runtime has it; its mode may be none that can be asked for. */
const INHERITED = ['mode', 'credentials', 'cache', 'redirect', 'referrer', 'referrerPolicy', 'signal'] as const;

/** What matters of a request; nothing if it has a body, is no GET or HEAD, or says which bytes it expects. */
function describe(input: string | URL | Request, init: RequestInit): Described | undefined {
  const request = typeof input === 'object' && 'url' in input ? input : undefined;
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase();
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  if (init.integrity ?? request?.integrity) return undefined;
  const own: RequestInit = {};
  for (const name of INHERITED) {
    const value = request?.[name];
    if (value !== undefined && value !== 'navigate') Object.assign(own, { [name]: value });
  }
  return {
    url: request ? request.url : String(input),
    method,
    headers: new Headers(init.headers ?? request?.headers),
    signal: init.signal ?? request?.signal ?? undefined,
    init: { ...own, ...init },
  };
}

/** Whether a range is asked for of this version of the file, as `If-Range` says. */
function isCurrent({ headers }: Response, condition: string | null): boolean {
  if (condition === null || condition === headers.get('last-modified')) return true;
  // A weak tag may stand for other bytes.
  return condition === headers.get('etag') && !condition.startsWith('W/');
}

/** Headers that a server answers with 304 or 412. */
const CONDITIONS = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since'];

/** What two requests must have in common to share a download; nothing where only their runtime could tell. */
function keyOf({ href }: URL, { init, headers }: Described, keeps: boolean): string | undefined {
  const { signal, headers: _, method, ...rest } = init;
  const members = Object.entries(rest).filter(([, value]) => value !== undefined);
  if (members.some(([, value]) => typeof value === 'object' || typeof value === 'function')) return undefined;
  const asked = [...headers].filter(([name]) => name !== 'range' && name !== 'if-range');
  return JSON.stringify([href, keeps, members.sort(), asked]);
}

/** The archive's response, or nothing where there is none. */
async function download(
  archive: URL,
  request: Described,
  below: Fetch,
  signal: AbortSignal | undefined,
): Promise<Response | undefined> {
  const headers = new Headers(request.headers);
  // The range is one of the unpacked file.
  headers.delete('range');
  headers.delete('if-range');
  let response: Response;
  try {
    response = await below(archive.href, { ...request.init, method: 'GET', headers, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    // Other servers' answers may be kept from us where what they hold is not, such as one that there is no such file.
    return undefined;
  }
  const { status } = response;
  // The caller has the file already, or wanted another version.
  if ((status === 304 || status === 412) && CONDITIONS.some((name) => headers.has(name))) return response;
  // A server of single-page applications answers every address with its page.
  const isPage = /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
  if (status === 200 && !isPage) return response;
  await response.body?.cancel();
  return undefined;
}
