// Serves the fixtures, also slowly and in ranges, and the pages of the browsers.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, relative } from 'node:path';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.map': 'application/json',
};

/** Chunks of a slow download and the pause between them, in milliseconds. */
const CHUNKS = 40;
const PAUSE = 20;

/** What pages may do: nothing but what the package needs. Blobs are for the entry in one file. */
const policy = (blobs) => `default-src 'self' 'wasm-unsafe-eval'${blobs ? "; worker-src 'self' blob:" : ''}`;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function sendSlowly(response, path) {
  const bytes = readFileSync(path);
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length });
  const size = Math.ceil(bytes.length / CHUNKS);
  for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
    response.write(bytes.subarray(at, at + size));
    await pause(PAUSE);
  }
  response.end();
}

function sendFile(request, response, path, headers) {
  const { size } = statSync(path);
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range === null) {
    response.writeHead(200, { 'content-type': type, 'content-length': size, ...headers });
    createReadStream(path).pipe(response);
    return;
  }
  const [start, end] = [Number(range[1]), Math.min(Number(range[2]), size - 1)];
  response.writeHead(206, {
    'content-type': type,
    'content-range': `bytes ${start}-${end}/${size}`,
    'content-length': end - start + 1,
    ...headers,
  });
  createReadStream(path, { start, end }).pipe(response);
}

/** `/fixtures/`, `/slow/` (fixtures, slowly), `/package/` (the package), `/import/` (as a browser resolves it), programs. */
function handle(site, isolated, request, response) {
  const url = new URL(request.url, 'http://localhost');
  const path = normalize(decodeURIComponent(url.pathname));
  const inside = (folder, prefix) => join(folder, relative(prefix, path));
  if (path.startsWith('/slow/')) return sendSlowly(response, inside(site.fixtures, '/slow'));
  if (path.startsWith('/import/')) {
    const file = site.exported(path === '/import/main' ? '.' : `./${path.slice(8)}`, 'browser');
    response.writeHead(302, { location: `/package/${relative(site.home, file)}` });
    response.end();
    return undefined;
  }
  const file = path.startsWith('/package/') ? inside(site.home, '/package') : inside(site.folder, '/');
  if (path.includes('..') || !existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404);
    response.end();
    return undefined;
  }
  const headers = {
    'content-security-policy': policy(isolated),
    ...(isolated
      ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
      : {}),
  };
  return sendFile(request, response, file, headers);
}

/** Serves a site on this machine alone, as pages of their own or not; gives its address and how to stop. */
export async function serve(site, { isolated = false } = {}) {
  const server = createServer((request, response) => {
    Promise.resolve(handle(site, isolated, request, response)).catch((error) => {
      response.destroy(error);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
