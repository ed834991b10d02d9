// The package as it is, bundled for tests, internals included, beside its WebAssembly modules.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const ENTRIES = {
  index: 'ts/entry/node.ts',
  internal: 'ts/internal.ts',
  worker: 'workers/node.ts',
  cli: 'ts/cli/main.ts',
};
const MODULES = { simd: 'tensorpress_simd.wasm', base: 'tensorpress.wasm' };

mkdirSync(join(root, '.cache'), { recursive: true });
const home = mkdtempSync(join(root, '.cache', 'test-package-'));
/** Holds index.js, internal.js, worker.mjs, cli.js and the modules. */
export const dist = join(home, 'dist');
/** An empty folder for the test's files. */
export const scratch = join(home, 'scratch');
mkdirSync(dist);
mkdirSync(scratch);
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

copyFileSync(join(root, 'package.json'), join(home, 'package.json'));
for (const [name, file] of Object.entries(MODULES)) {
  copyFileSync(join(root, 'pkg', name, 'tensorpress_wasm_bg.wasm'), join(dist, file));
}
await build({
  entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: join(root, file), out })),
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  define: { __FILES__: 'true', __ENCODER__: 'true' },
  logLevel: 'warning',
});

renameSync(join(dist, 'worker.js'), join(dist, 'worker.mjs'));

/** The package with its internals. */
export const tensorpress = await import(pathToFileURL(join(dist, 'internal.js')).href);

/** Runs a program and gives its exit code and output; `input` goes to its standard input. */
export function runNode(args, { input, env, onStart, encoding = 'utf8' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, cwd: scratch });
    const [out, err] = [[], []];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const stdout = Buffer.concat(out);
      resolve({
        code,
        signal,
        stdout: encoding === 'utf8' ? stdout.toString() : stdout,
        stderr: Buffer.concat(err).toString(),
      });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
    onStart?.(child);
  });
}

/** Runs the command line. */
export const cli = (args, options) => runNode([join(dist, 'cli.js'), ...args], options);

/** Runs a script, as the text of a module in which `tensorpress` is the package. */
export function script(text, options) {
  const from = JSON.stringify(pathToFileURL(join(dist, 'internal.js')).href);
  const head = `import * as tensorpress from ${from};\n`;
  return runNode(['--input-type=module', '--eval', head + text], options);
}
