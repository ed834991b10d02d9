// The packed package, installed into empty projects, bundled by real bundlers and run in a browser.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../scripts/lib/run.mjs';
import { closeBrowser, hasBrowser, resultOf, serve } from './browser.mjs';
import { binOf, pack, project, tool } from './workshop.mjs';

/** What a page may load under the strictest policy that WebAssembly allows. */
const POLICY = { 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'" };

const test = suite('bundlers');
let tarball;
test.before(async () => {
  tarball = await pack();
});
test.after(closeBrowser);

async function servedResult(folder, headers = POLICY) {
  const server = await serve(folder, { headers });
  try {
    return await resultOf(server.url);
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

const bundled = (name, build) => {
  if (!hasBrowser) return;
  test(name, async () => {
    const folder = await project(name, tarball);
    assert.is(await build(folder), 'identical');
  });
};

bundled('vite', async (folder) => {
  const developed = await withServer(folder, 'vite', ['--host', '127.0.0.1'], (url) => resultOf(url));
  assert.is(developed, 'identical');
  await tool(folder, 'vite', ['build', '--logLevel', 'error']);
  return servedResult(join(folder, 'dist'));
});

bundled('webpack', async (folder) => {
  await tool(folder, 'webpack-cli', ['build', '--stats', 'errors-only']);
  return servedResult(folder);
});

bundled('esbuild', async (folder) => {
  await run(process.execPath, ['build.mjs'], { cwd: folder });
  // The worker of this entry comes from a blob.
  return servedResult(folder, { 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; worker-src blob:" });
});

bundled('rollup', async (folder) => {
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

bundled('next', async (folder) => {
  // What development does to programs of the edge's runtime is not what the build does to them.
  await withServer(folder, 'next', ['dev', ...NEXT], (url) => assertRoute(url, 'edge'));
  await tool(folder, 'next', ['build']);
  return withServer(folder, 'next', ['start', ...NEXT], async (url, said) => {
    for (const name of ['node', 'edge']) await assertRoute(url, name);
    assert.not.match(said(), /no worker starts/);
    return resultOf(url);
  });
});

test.run();
