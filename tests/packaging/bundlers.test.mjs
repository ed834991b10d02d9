// The packed package, installed into empty projects, bundled by real bundlers and run in a browser.
import { spawn } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { importFrom } from '../../scripts/lib/npm.mjs';
import { attempt, run } from '../../scripts/lib/run.mjs';
import { closeBrowser, hasBrowser, resultOf, serve } from './browser.mjs';
import { binOf, bundlers, pack, project, tool } from './workshop.mjs';

/** What a page may load under the strictest policy that WebAssembly allows. */
const POLICY = { 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'" };

const test = suite('bundlers');
let tarball;
test.before(async () => {
  tarball = await pack();
});
test.after(closeBrowser);

/** Without its worker the package gives the same result on the calling thread, and says so. */
const WITH_WORKERS = { refused: /no worker starts/ };

async function servedResult(folder, headers = POLICY) {
  const server = await serve(folder, { headers });
  try {
    return await resultOf(server.url, WITH_WORKERS);
  } finally {
    server.close();
  }
}

/** Starts a server program, waits for the address that it prints, and ends it afterwards. */
async function withServer(folder, name, args, use) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' };
  const child = spawn(process.execPath, [binOf(folder, name), ...args], { cwd: folder, env, detached: true });
  try {
    let output = '';
    const url = await new Promise((resolve, reject) => {
      const look = (chunk) => {
        output += chunk;
        // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' colours are control characters
        const found = output.replaceAll(/\u001b\[[\d;]*m/g, '').match(/http:\/\/(localhost|127\.0\.0\.1):\d+\/?/);
        if (found) resolve(found[0]);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.on('exit', (code) => reject(new Error(`${name} ended with ${code}\n${output}`)));
    });
    return await use(url, () => output);
  } finally {
    process.kill(-child.pid, 'SIGKILL');
  }
}

const bundled = (app, name, build) => {
  if (!hasBrowser) return;
  test(name, async () => {
    const folder = await project(app, tarball);
    assert.is(await build(folder), 'identical');
  });
};

bundled('vite', 'vite', async (folder) => {
  const developed = await withServer(folder, 'vite', ['--host', '127.0.0.1'], (url) => resultOf(url, WITH_WORKERS));
  assert.is(developed, 'identical');
  await tool(folder, 'vite', ['build', '--logLevel', 'error']);
  return servedResult(join(folder, 'dist'));
});

bundled('webpack', 'webpack', async (folder) => {
  await tool(folder, 'webpack-cli', ['build', '--stats', 'errors-only']);
  return servedResult(folder);
});

bundled('esbuild', 'esbuild', async (folder) => {
  await run(process.execPath, ['build.mjs'], { cwd: folder });
  // The worker of this entry comes from a blob.
  return servedResult(folder, { 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; worker-src blob:" });
});

bundled('rollup', 'rollup', async (folder) => {
  await tool(folder, 'rollup', ['--config', 'rollup.config.mjs', '--silent']);
  return servedResult(folder);
});

/** Addresses of Next's server, in development and not. */
const NEXT = ['--hostname', '127.0.0.1', '--port', '0'];

/** A route of Next's server gives what it is to give. */
async function assertRoute(url, name) {
  const text = await (await fetch(new URL(name, url))).text();
  assert.ok(text === '["identical",32]', `${name}: ${text.slice(-2000)}`);
}

bundled('next', 'next', async (folder) => {
  // What development does to programs of the edge's runtime is not what the build does to them.
  await withServer(folder, 'next', ['dev', ...NEXT], (url) => assertRoute(url, 'edge'));
  await tool(folder, 'next', ['build']);
  return withServer(folder, 'next', ['start', ...NEXT], async (url, said) => {
    for (const name of ['node', 'edge']) await assertRoute(url, name);
    assert.not.match(said(), WITH_WORKERS.refused);
    return resultOf(url, WITH_WORKERS);
  });
});

bundled('next', 'next with webpack', async (folder) => {
  // Next itself builds no route of the edge's runtime in this way.
  rmSync(join(folder, 'app', 'edge'), { recursive: true });
  renameSync(join(folder, 'next.config.webpack.mjs'), join(folder, 'next.config.mjs'));
  await tool(folder, 'next', ['build', '--webpack']);
  return withServer(folder, 'next', ['start', ...NEXT], async (url, said) => {
    await assertRoute(url, 'node');
    assert.not.match(said(), WITH_WORKERS.refused);
    return resultOf(url, WITH_WORKERS);
  });
});

test('a program of Node in one file', async () => {
  const folder = await project('program', tarball);
  await run(process.execPath, ['build.mjs'], { cwd: folder });
  const moved = join(folder, 'elsewhere.mjs');
  renameSync(join(folder, 'dist', 'main.mjs'), moved);
  assert.is((await run(process.execPath, [moved])).trim(), 'identical');
});

test('a bundle without the files of the package says what to do', async () => {
  const folder = await project('program', tarball);
  const { build } = await importFrom(bundlers, 'esbuild');
  for (const [format, file] of [
    ['esm', 'main.mjs'],
    ['cjs', 'main.cjs'],
  ]) {
    const outfile = join(folder, 'dist', file);
    const from = { absWorkingDir: folder, entryPoints: ['main.js'], logLevel: 'silent' };
    await build({ ...from, outfile, format, bundle: true, platform: 'node' });
    const { ok, output } = await attempt(process.execPath, [outfile]);
    assert.not.ok(ok);
    assert.match(output, /TensorpressError: cannot load the WebAssembly module.* import tensorpress\/inline/);
    assert.match(output, /code: 'io'/);
  }
});

if (hasBrowser) {
  test('a script that is no module says what to do', async () => {
    const folder = await project('esbuild', tarball);
    const { build } = await importFrom(bundlers, 'esbuild');
    const main = `import { roundTrip } from './round-trip.js';
      const show = (text) => { document.querySelector('#result').textContent = text; };
      roundTrip().then(show, ({ code, message }) => show(code + ' ' + message));`;
    writeFileSync(join(folder, 'main.js'), main);
    const outfile = join(folder, 'dist', 'main.js');
    const from = { absWorkingDir: folder, entryPoints: ['main.js'], logLevel: 'silent' };
    await build({ ...from, outfile, bundle: true, format: 'iife', conditions: ['browser'] });
    assert.match(
      await servedResult(folder),
      /^io cannot load the WebAssembly module, whose address init\(\{ wasm \}\) takes/,
    );
  });
}

test('what copies the files that a program needs finds those of each entry', async () => {
  // Vercel, Nitro and Next's standalone servers find them by this, which Next brings along.
  const { nodeFileTrace } = await importFrom(bundlers, 'next/dist/compiled/@vercel/nft');
  const folder = await project('program', tarball);
  const home = join(folder, 'node_modules', 'tensorpress', 'dist');
  for (const [entry, ...files] of [
    ['index.js', 'tensorpress.wasm', 'tensorpress_simd.wasm', 'worker.mjs'],
    ['decode.js', 'tensorpress_decode.wasm', 'worker.decode.mjs'],
    ['compute.js', 'tensorpress_compute.wasm'],
  ]) {
    const { fileList } = await nodeFileTrace([join(home, entry)], { base: home });
    assert.equal([...fileList].sort(), [entry, ...files].sort());
  }
});

test.run();
