// The package itself: what publint and Are The Types Wrong say of it, and what it weighs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { importFrom } from '../../../scripts/lib/npm.mjs';
import { attempt } from '../../../scripts/lib/run.mjs';

/**
 * What a program downloads, gzipped, and how much that may be: one module (not both, with and without SIMD), the entry
 * and the worker. Whatever makes one of them larger must be worth raising its budget here.
 */
const BUDGETS = [
  { name: 'main', files: ['tensorpress_simd.wasm', 'index.browser.js', 'worker.browser.js'], kilobytes: 250 },
  {
    name: 'decode',
    files: ['tensorpress_decode.wasm', 'decode.browser.js', 'worker.decode.browser.js'],
    kilobytes: 44.3,
  },
];

function weigh({ home }) {
  return BUDGETS.map(({ name, files, kilobytes }) => {
    const sizes = files.map((file) => gzipSync(readFileSync(join(home, 'dist', file)), { level: 9 }).length);
    const total = sizes.reduce((sum, size) => sum + size, 0) / 1000;
    const found = `${name}: ${total.toFixed(1)} kB gzipped (${sizes.map((size) => (size / 1000).toFixed(1)).join(' + ')})`;
    console.log(`  ${found}, at most ${kilobytes}`);
    return total <= kilobytes ? { name: found } : { name: found, error: `at most ${kilobytes} kB are allowed` };
  });
}

async function lint({ home }, runtimes) {
  const [{ publint }, { formatMessage }] = await Promise.all([
    importFrom(runtimes, 'publint'),
    importFrom(runtimes, 'publint/utils'),
  ]);
  const { messages, pkg } = await publint({ pkgDir: home, pack: false });
  const said = messages.map((message) => formatMessage(message, pkg, { color: false }));
  return { name: 'publint', ...(said.length === 0 ? {} : { error: said.join('\n  ') }) };
}

async function checkTypes({ tarball, manifest }, runtimes) {
  const program = join(runtimes, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  // Scripts and modules have no types.
  const untyped = Object.keys(manifest.exports).filter((subpath) => !manifest.exports[subpath].types);
  const options = ['--profile', 'esm-only', '--no-color', '--no-emoji', '--exclude-entrypoints', ...untyped];
  const { ok, output } = await attempt(process.execPath, [program, tarball, ...options], { timeout: 120 });
  return { name: 'Are The Types Wrong', ...(ok ? {} : { error: output }) };
}

/** Nothing of the package runs when it is installed, and `types` comes first in every list of conditions. */
function checkManifest({ manifest }) {
  const wrong = [];
  for (const name of ['preinstall', 'install', 'postinstall'])
    if (manifest.scripts?.[name]) wrong.push(`it has ${name}`);
  if (Object.keys(manifest.dependencies ?? {}).length > 0) wrong.push('it has dependencies');
  const order = ['types', 'workerd', 'edge-light', 'browser', 'deno', 'bun', 'node', 'default'];
  for (const [subpath, conditions] of Object.entries(manifest.exports)) {
    const places = Object.keys(conditions).map((condition) => order.indexOf(condition));
    if (typeof conditions === 'string') continue;
    const sorted = places.every((place, index) => place >= 0 && (index === 0 || place > places[index - 1]));
    if (!sorted) wrong.push(`the conditions of ${subpath} are not in order`);
  }
  return { name: 'the manifest', ...(wrong.length === 0 ? {} : { error: wrong.join('; ') }) };
}

export async function thePackage({ site, runtimes }) {
  const outcomes = [checkManifest(site), ...weigh(site), await lint(site, runtimes), await checkTypes(site, runtimes)];
  return { name: 'package', version: site.manifest.version, outcomes };
}
