// Runtimes at the edge of a network: workerd, and Vercel's edge runtime.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { build } from 'esbuild';
import { importFrom } from '../../../scripts/lib/npm.mjs';
import { attempt } from '../../../scripts/lib/run.mjs';
import { findProgram } from '../../../scripts/lib/runtimes.mjs';
import { freePort } from '../port.mjs';

const FEATURES = { workers: 'no', streams: 'yes', files: 'no', compile: 'no' };

/** What Cloudflare gives a worker. */
const MEMORY = 128 << 20;

/** The modules as they are: no bundler is needed. */
function workerdConfig(site, origin, port) {
  const embed = (path) => `embed "${relative(site.folder, path)}"`;
  const wasm = (name) => `(name = "${name}", wasm = ${embed(join(site.home, 'dist', basename(name)))})`;
  const script = (name, path) => `(name = "${name}", esModule = ${embed(path)})`;
  const modules = [
    script('workerd.mjs', join(site.folder, 'workerd.mjs')),
    script('suite.mjs', join(site.folder, 'suite.mjs')),
    script('cloudflare.mjs', join(site.folder, 'cloudflare.mjs')),
    script('tensorpress', site.exported('.', 'workerd')),
    script('tensorpress/decode', site.exported('./decode', 'workerd')),
    wasm('tensorpress_simd.wasm'),
    wasm('tensorpress/tensorpress_decode.wasm'),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .program),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const program :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  bindings = [(name = "ORIGIN", text = "${origin}")],
  compatibilityDate = "2026-01-01",
);
`;
}

/** Resident memory of a process as Linux counts it: now, or at most since it was reset. */
function resident(pid, what) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm'))[1]) * 1024;
}

async function startWorkerd(program, { site, server }) {
  const port = await freePort();
  const config = join(site.folder, 'workerd.capnp');
  writeFileSync(config, workerdConfig(site, server.origin, port));
  const child = spawn(program, ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const get = (path) => fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(120_000) });
  for (let attempts = 0; ; attempts += 1) {
    try {
      await (await get('/ping')).text();
      break;
    } catch (error) {
      if (attempts > 100 || child.exitCode !== null) throw new Error(`workerd does not answer: ${error}\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return { child, get };
}

/** One large piece of work in a fresh process, and how much more memory that takes at most than an idle one. */
async function withinMemory(context, program, name, path) {
  const { child, get } = await startWorkerd(program, context);
  try {
    const idle = resident(child.pid, 'VmRSS');
    writeFileSync(`/proc/${child.pid}/clear_refs`, '5');
    const response = await get(path);
    const text = await response.text();
    if (!response.ok) return { name, error: text };
    const more = resident(child.pid, 'VmHWM') - idle;
    const found = `${(more / 2 ** 20).toFixed(0)} MiB more than idle`;
    return more <= MEMORY ? { name: `${name} (${found})` } : { name, error: `${found}, at most ${MEMORY >> 20}` };
  } catch (error) {
    return { name, error: String(error) };
  } finally {
    child.kill('SIGKILL');
  }
}

export async function workerd(context) {
  const name = 'workerd';
  const program = await findProgram(context.runtimes, '@cloudflare', 'workerd');
  if (program === undefined) return { name, skipped: 'npm has no program of it for this platform' };
  const version = (await attempt(program, ['--version'])).stdout.match(/\d{4}-\d{2}-\d{2}|\d+\.\d+\.\d+/)?.[0];
  const { child, get } = await startWorkerd(program, context);
  let outcomes;
  try {
    const response = await get('/suite');
    outcomes = response.ok ? await response.json() : [{ name: 'the suite runs', error: await response.text() }];
  } finally {
    child.kill('SIGKILL');
  }
  if (process.platform === 'linux') {
    outcomes.push(await withinMemory(context, program, 'a model of 20 MB decompresses in 128 MB', '/large'));
    outcomes.push(await withinMemory(context, program, 'a model of 5 MB compresses in 128 MB', '/small'));
  }
  return { name, version, features: FEATURES, outcomes };
}

/** As Vercel's bundler does it: `?module` becomes the name of a compiled module. */
const modules = (site, found) => ({
  name: 'modules',
  setup(esbuild) {
    esbuild.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: 'module' }));
    esbuild.onLoad({ filter: /./, namespace: 'module' }, ({ path }) => {
      const file = basename(path, '?module');
      const name = `wasm_${file.replaceAll(/\W/g, '_')}`;
      found.set(name, readFileSync(join(site.home, 'dist', file)));
      return { contents: `export default ${name}` };
    });
  },
});

export async function edgeLight(context) {
  const name = 'edge-light';
  const { site, server, runtimes } = context;
  const { EdgeRuntime } = await importFrom(runtimes, 'edge-runtime');
  const found = new Map();
  const bundled = await build({
    entryPoints: [join(site.folder, 'edge-light.mjs')],
    bundle: true,
    write: false,
    format: 'iife',
    conditions: ['edge-light'],
    plugins: [modules(site, found)],
    logLevel: 'warning',
  });
  const runtime = new EdgeRuntime();
  const { WebAssembly: inside } = runtime.evaluate('({ WebAssembly })');
  for (const [key, bytes] of found) runtime.context[key] = new inside.Module(bytes);
  // The simulator compiles bytes, the real one does not.
  const refuse = () => {
    throw new inside.CompileError('bytes are not compiled here');
  };
  inside.Module = new Proxy(inside.Module, { construct: refuse });
  for (const method of ['compile', 'compileStreaming', 'instantiateStreaming']) inside[method] = refuse;
  runtime.evaluate(bundled.outputFiles[0].text);
  const response = await runtime.dispatchFetch(`http://localhost/?origin=${encodeURIComponent(server.origin)}`);
  const { version } = JSON.parse(readFileSync(join(runtimes, 'node_modules', 'edge-runtime', 'package.json'), 'utf8'));
  return { name, version, features: FEATURES, outcomes: await response.json() };
}
