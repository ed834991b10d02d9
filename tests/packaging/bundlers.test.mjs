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
    return await use(url);
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

bundled('next', async (folder) => {
  await tool(folder, 'next', ['build']);
  return withServer(folder, 'next', ['start', '--hostname', '127.0.0.1', '--port', '0'], (url) => resultOf(url));
});

test.run();
