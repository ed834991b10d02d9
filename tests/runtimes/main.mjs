// Runs one suite in every runtime that can be had here, and shows what passed where. With words as arguments only the
// runtimes whose names hold one of them run.
import { table } from '../../scripts/lib/format.mjs';
import { ensureRuntimes } from '../../scripts/lib/runtimes.mjs';
import { chromium, firefox, webkit } from './runners/browsers.mjs';
import { edgeLight, workerd } from './runners/edge.mjs';
import { thePackage } from './runners/package.mjs';
import { bun, deno, newerNode, node } from './runners/process.mjs';
import { serve } from './server.mjs';
import { makeSite } from './site.mjs';

const RUNNERS = {
  package: thePackage,
  'node here': node,
  'node newer': newerNode,
  deno,
  bun,
  workerd,
  'edge-light': edgeLight,
  chromium,
  firefox,
  webkit,
};

const words = process.argv.slice(2);
const chosen = Object.entries(RUNNERS).filter(
  ([name]) => words.length === 0 || words.some((word) => name.includes(word)),
);

/** A runtime that does not even start has failed one test. */
async function runOne(name, runner, context) {
  const started = performance.now();
  let result;
  try {
    result = await runner(context);
  } catch (error) {
    result = { name, outcomes: [{ name: 'the runtime starts', error: `${error?.stack ?? error}` }] };
  }
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

const runtimes = await ensureRuntimes();
const site = await makeSite();
const server = await serve(site);
const isolatedServer = await serve(site, { isolated: true });
const context = { site, server, isolatedServer, runtimes };

const results = [];
for (const [name, runner] of chosen) {
  const result = await runOne(name, runner, context);
  for (const { name: test, error } of result.outcomes ?? []) {
    if (error !== undefined) console.log(`FAILED: ${result.name}: ${test}\n  ${error}`);
  }
  results.push(result);
}
server.stop();
isolatedServer.stop();

const total = { passed: 0, failed: 0, skipped: 0 };
const rows = [];
for (const { name, version = '', skipped, outcomes = [], features = {}, seconds } of results) {
  if (skipped !== undefined) {
    total.skipped += 1;
    console.log(`SKIPPED: ${name}: ${skipped}`);
    rows.push([name, '', 'skipped', '', '', '', '']);
    continue;
  }
  const failed = outcomes.filter(({ error }) => error !== undefined);
  total.passed += outcomes.length - failed.length;
  total.failed += failed.length;
  const passed = `${outcomes.length - failed.length} of ${outcomes.length}`;
  rows.push([
    name,
    version,
    passed,
    features.workers ?? '',
    features.files ?? '',
    features.compile ?? '',
    seconds.toFixed(1),
  ]);
}
const headings = ['runtime', 'version', 'passed', 'workers', 'files', 'compiles bytes', 'seconds'];
console.log(`\n${table(headings, rows, 2)}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
if (total.failed > 0 || total.passed + total.skipped === 0) process.exitCode = 1;
