/**
 * A service worker that unpacks archives for whole pages, so that any library's unchanged `fetch` gets the original
 * files.
 *
 * @packageDocumentation
 */
import { archiveFinder } from './address.js';
import { createFetch, type FetchOptions } from './fetch.js';

/** The part of a service worker's global scope that is used. */
interface WorkerScope {
  addEventListener(type: string, listener: (event: never) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}

interface ExtendableEvent {
  waitUntil(promise: Promise<unknown>): void;
}

interface FetchEvent {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

export type { ArchiveCache, Fetch, FetchOptions } from './fetch.js';

/** Options of `serve`. */
export interface ServeOptions extends FetchOptions {
  /** Takes over pages that are already open, without a reload; default true. */
  claim?: boolean | undefined;
}

/**
 * Answers a page's requests for model files with what their archives hold. Call it once, at the top of the service
 * worker's script.
 */
export function serve(options: ServeOptions = {}): void {
  const scope = globalThis as unknown as WorkerScope;
  const { claim = true, ...rest } = options;
  // No workers within a service worker: it may be stopped at any time.
  const unpacking = createFetch({ workers: 0, ...rest });
  const archiveOf = archiveFinder(rest);
  if (claim) {
    scope.addEventListener('install', (event: ExtendableEvent) => event.waitUntil(scope.skipWaiting()));
    scope.addEventListener('activate', (event: ExtendableEvent) => event.waitUntil(scope.clients.claim()));
  }
  scope.addEventListener('fetch', (event: FetchEvent) => {
    const { method, url } = event.request;
    if (method !== 'GET' && method !== 'HEAD') return;
    if (!/^https?:/.test(url)) return;
    // What no archive is looked for is left to the browser, unless the caller has a `fetch` for it.
    if (rest.fetch === undefined && archiveOf(url) === undefined) return;
    event.respondWith(unpacking(event.request));
  });
}
