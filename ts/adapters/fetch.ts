import { unpackResponse } from './unpack.js';

/** A `fetch`, as every runtime has one. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Options of `createFetch`. */
export interface FetchOptions {
  /** What brings the bytes; by default the runtime's own `fetch`. */
  fetch?: Fetch | undefined;
  /**
   * Which addresses to look for in compressed form: by default those that end in the name of a model file (`.onnx`,
   * `.onnx_data`, `.safetensors`, `.gguf`, `.bin`, `.tflite`, `.pt`, `.pth`, `.npy`, `.npz`, `.h5`).
   */
  match?: RegExp | ((url: URL) => boolean) | undefined;
  /** What is appended to an address (before its query) to get that of its archive; default `.tpress`. */
  suffix?: string | undefined;
  /** Keeps archives as they came, still compressed: an opened `Cache`. */
  cache?: Pick<Cache, 'match' | 'put'> | undefined;
  /** Worker threads that decode, as in `decompressStream`. */
  workers?: number | 'auto' | undefined;
}

const MODEL_FILES = /\.(onnx|onnx_data(_\d+)?|safetensors|gguf|bin|tflite|pt|pth|npy|npz|h5)$/i;

/**
 * A `fetch` that brings model files in compressed form. A request for `model.onnx` is answered with what
 * `model.onnx.tpress` holds, unpacked while it arrives; where there is no such archive, and for all other requests, the
 * answer is that of `options.fetch`. Range and HEAD requests are answered as for the unpacked file.
 *
 * ```ts
 * const fetch = createFetch()
 * const model = await (await fetch('/models/model.onnx')).arrayBuffer() // downloads model.onnx.tpress
 * ```
 */
export function createFetch(options: FetchOptions = {}): Fetch {
  const { match = MODEL_FILES, suffix = '.tpress', cache, workers } = options;
  const below: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  // Not `test`, which with some flags goes on where it stopped the last time.
  const matches = (url: URL): boolean => (match instanceof RegExp ? url.pathname.search(match) >= 0 : match(url));

  return async (input, init) => {
    const request = describe(input, init);
    const url = request && absolute(request.url);
    if (!request || !url || url.pathname.endsWith(suffix) || !matches(url)) return below(input, init);
    const archive = new URL(url);
    archive.pathname += suffix;
    const found = await download(archive, request, { below, cache });
    if (found === undefined) return below(input, init);
    const { signal } = request;
    const unpacked = await unpackResponse(found, { range: request.headers.get('range'), workers, signal });
    if (request.method !== 'HEAD') return unpacked;
    await unpacked.body?.cancel();
    return new Response(null, unpacked);
  };
}

interface Described {
  url: string;
  method: string;
  headers: Headers;
  signal: AbortSignal | undefined;
  init: RequestInit;
}

/** What matters of a request; nothing where it sends a body or is no plain reading. */
function describe(input: string | URL | Request, init: RequestInit = {}): Described | undefined {
  const request = typeof input === 'object' && 'url' in input ? input : undefined;
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase();
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  return {
    url: request ? request.url : String(input),
    method,
    headers: new Headers(init.headers ?? request?.headers),
    signal: init.signal ?? request?.signal ?? undefined,
    init: request ? { credentials: request.credentials, ...init } : init,
  };
}

function absolute(address: string): URL | undefined {
  try {
    return new URL(address, globalThis.location?.href);
  } catch {
    return undefined;
  }
}

/** The archive's response, or nothing where there is none. */
async function download(
  archive: URL,
  request: Described,
  { below, cache }: { below: Fetch; cache: FetchOptions['cache'] },
): Promise<Response | undefined> {
  const kept = await cache?.match(archive.href);
  if (kept) return kept;
  const headers = new Headers(request.headers);
  // The range is one of the unpacked file.
  headers.delete('range');
  const response = await below(archive.href, { ...request.init, method: 'GET', headers });
  // A server of single-page applications answers every address with its page.
  const isPage = /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
  if (response.status !== 200 || isPage) {
    await response.body?.cancel();
    return undefined;
  }
  if (cache && request.method === 'GET' && !request.headers.has('range')) {
    // Both branches are read: the cache's as fast as the slower of the two.
    cache.put(archive.href, response.clone()).catch(() => {});
  }
  return response;
}
