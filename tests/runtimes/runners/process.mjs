// Node, Deno and Bun: programs that run a script.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../../scripts/lib/run.mjs';
import { findProgram } from '../../../scripts/lib/runtimes.mjs';

/** Ample for the suite: what goes on longer does not end by itself. */
const SECONDS = 120;

/** One test of a whole program: it ends by itself and with code 0. */
async function ends(name, command, args, options) {
  const outcome = await attempt(command, args, { timeout: SECONDS, ...options });
  const how = outcome.timedOut ? 'did not end by itself' : `ended with code ${outcome.code}`;
  return { outcome, test: { name, ...(outcome.ok ? {} : { error: `it ${how}\n${outcome.output}` }) } };
}

/**
 * Runs all that a runtime with processes must do. `launch` gives the arguments before a script's name for what the
 * script is allowed: `net`, `read`, `write`.
 */
async function runAll({ site, server }, program, launch) {
  const { folder, fixtures, home } = site;
  const cwd = folder;
  const script = (name) => join(folder, name);
  const suite = await ends(
    'the process ends by itself',
    program,
    [...launch(['net']), script('process.mjs'), server.origin],
    {
      cwd,
    },
  );
  const line = suite.outcome.stdout.split('\n').find((text) => text.startsWith('OUTCOMES '));
  const outcomes = line ? JSON.parse(line.slice(9)) : [{ name: 'the suite runs', error: suite.outcome.output }];

  const output = join(folder, 'output');
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output);
  const files = await ends(
    'from path to path',
    program,
    [...launch(['read', 'write']), script('files.mjs'), fixtures, output],
    { cwd },
  );
  const model = join(fixtures, 'small.safetensors');
  const copy = join(output, 'copy.safetensors');
  const recipe = await ends(
    'the recipe converts',
    program,
    [...launch(['read', 'write']), script('convert.mjs'), model, join(output, 'recipe.tpress'), copy],
    { cwd },
  );
  if (recipe.outcome.ok && !readFileSync(copy).equals(readFileSync(model))) recipe.test.error = 'the copy differs';
  const cli = [...launch(['all']), join(home, 'dist', 'cli.js')];
  const packed = join(output, 'by-cli.tpress');
  const compressed = await ends('the command line compresses', program, [...cli, 'compress', model, '-o', packed], {
    cwd,
  });
  const inspected = await ends('the command line inspects', program, [...cli, 'inspect', packed, '--json'], { cwd });
  return [...outcomes, suite.test, files.test, recipe.test, compressed.test, inspected.test];
}

const version = async (program) => (await attempt(program, ['--version'])).stdout.match(/\d+\.\d+\.\d+\S*/)?.[0] ?? '?';

const FEATURES = { workers: 'threads', streams: 'yes', files: 'yes', compile: 'yes' };

async function run(context, program, launch, name) {
  if (program === undefined) return { name, skipped: 'npm has no program of it for this platform' };
  return {
    name,
    version: await version(program),
    features: FEATURES,
    outcomes: await runAll(context, program, launch),
  };
}

export const node = (context) => run(context, process.execPath, () => [], 'Node');

/** A second Node: the newest that is pinned. */
export async function newerNode(context) {
  const program = await findProgram(context.runtimes, `node-${process.platform}-${process.arch}`, 'node');
  return run(context, program, () => [], 'Node');
}

export async function deno(context) {
  const { site, server } = context;
  const allowed = {
    net: [`--allow-net=${new URL(server.origin).host}`],
    read: [`--allow-read=${site.folder}`],
    write: [`--allow-write=${site.folder}`],
    all: ['--allow-all'],
  };
  const launch = (wanted) => [
    'run',
    '--no-prompt',
    '--node-modules-dir=manual',
    ...wanted.flatMap((one) => allowed[one]),
  ];
  return run(context, await findProgram(context.runtimes, '@deno', 'deno'), launch, 'Deno');
}

export async function bun(context) {
  return run(context, await findProgram(context.runtimes, '@oven', 'bun'), () => ['run'], 'Bun');
}
