// Sets up, builds, lints and runs every test, and closes with one line: `N passed, N failed`.
// Each linter counts as one check. With words as arguments only the parts whose titles hold one of them run.
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { countCargo, countOwn, countUvu } from './lib/counts.mjs';
import { walk } from './lib/files.mjs';
import { inRoot, localCache, root, targetDir } from './lib/paths.mjs';
import { attempt, fail } from './lib/run.mjs';
import { ensureLinters } from './lib/rust.mjs';
import { setup } from './setup.mjs';

const node = process.execPath;
const modules = (...parts) => inRoot('node_modules', ...parts);
const fuzz = ['--manifest-path', inRoot('fuzz', 'Cargo.toml')];

/** A linter is one check: it passes or it does not. */
const lint = (title, command, args) => ({
  title,
  work: () => attempt(command, args, { env: { CARGO_TARGET_DIR: targetDir } }),
  count: (_output, ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 }),
});

/** A test file in TypeScript is bundled first; the packages it imports stay outside. */
async function runnable(file) {
  if (!file.endsWith('.ts')) return file;
  const esbuild = await import('esbuild');
  const output = join(localCache, 'tests', `${relative(root, file).replaceAll(/[\\/]/g, '-')}.mjs`);
  mkdirSync(join(localCache, 'tests'), { recursive: true });
  await esbuild.build({
    entryPoints: [file],
    outfile: output,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // The test stays where it is written, as far as the paths it computes are concerned.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(file).href) },
    logLevel: 'warning',
  });
  return output;
}

const testFiles = () => walk(inRoot('tests'), ['node_modules']).filter((file) => /\.test\.(mjs|ts)$/.test(file));

function parts() {
  const cargoLints = [
    lint('cargo fmt', 'cargo', ['fmt', '--all', '--check']),
    lint('cargo fmt fuzz', 'cargo', ['fmt', '--check', ...fuzz]),
    lint('cargo clippy', 'cargo', ['clippy', '--workspace', '--all-targets', '--quiet', '--', '-D', 'warnings']),
    lint('cargo clippy fuzz', 'cargo', ['clippy', '--all-targets', '--quiet', ...fuzz, '--', '-D', 'warnings']),
  ];
  const scriptLints = [
    lint('tsc', node, [modules('typescript', 'bin', 'tsc'), '--noEmit', '-p', root]),
    lint('biome', node, [modules('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--colors=off', '--error-on-warnings']),
  ];
  const types = lint('generated types', node, [inRoot('scripts', 'types.mjs'), '--check']);
  const rust = {
    title: 'cargo test',
    work: () => attempt('cargo', ['test', '--workspace', '--no-fail-fast']),
    count: countCargo,
  };
  const uvu = testFiles().map((file) => ({
    title: relative(root, file),
    work: async () => {
      try {
        return await attempt(node, [await runnable(file)], { timeout: 900 });
      } catch (error) {
        return { ok: false, code: 1, output: String(error) };
      }
    },
    count: countUvu,
  }));
  const runtimes = {
    title: 'tests/runtimes',
    work: () => attempt(node, [inRoot('tests', 'runtimes', 'main.mjs')], { timeout: 1200 }),
    count: countOwn,
    // The matrix, once all is done.
    closing: true,
  };
  const python = { title: 'tests/python', work: runPython, count: countOwn };
  return [...cargoLints, ...scriptLints, types, rust, ...uvu, python, runtimes];
}

async function runPython() {
  for (const command of ['python3', 'python']) {
    if ((await attempt(command, ['--version'])).ok) {
      return attempt(command, [inRoot('tests', 'python', 'run.py')], { timeout: 900 });
    }
  }
  return { ok: true, code: 0, output: 'SKIPPED: no Python 3 found\n0 passed, 0 failed, 1 skipped\n' };
}

async function main(words) {
  const env = await setup();
  await ensureLinters();
  await build(env);
  const chosen = parts().filter(({ title }) => words.length === 0 || words.some((word) => title.includes(word)));
  const total = { passed: 0, failed: 0 };
  const closing = [];
  for (const part of chosen) {
    const started = performance.now();
    const outcome = await part.work();
    const { passed, failed, note } = part.count(outcome.output, outcome.ok);
    if (failed > 0) {
      const how = outcome.timedOut ? 'ran out of time' : `exit code ${outcome.code}`;
      console.log(`--- ${part.title} (${how})\n${outcome.output.trimEnd()}\n---`);
    } else {
      for (const line of outcome.output.split('\n').filter((line) => line.startsWith('SKIPPED'))) console.log(line);
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`  ${part.title}: ${passed} passed, ${failed} failed${note ? ` (${note})` : ''} (${seconds} s)`);
    if (part.closing && failed === 0) closing.push(outcome.output.trimEnd().split('\n').slice(0, -1).join('\n'));
    total.passed += passed;
    total.failed += failed;
  }
  for (const text of closing) console.log(text);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  fail(error);
  // What could not even be built has failed as a whole.
  console.log('0 passed, 1 failed');
}
