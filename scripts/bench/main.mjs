// What is measured, and against what, in one run:
//   npm run bench -- [PART...] [--peers] [--best N] [--only WORDS] [--json FILE]
// Without a word, the lossless table. A part measures, prints its tables and gives what it found.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { build } from '../build.mjs';
import { writeWhole } from '../lib/files.mjs';
import { fail } from '../lib/run.mjs';
import { setup } from '../setup.mjs';

/** Each part's module exports `measure({ options, times, cores, env })`, which gives what `--json` writes. */
const PARTS = {
  lossless: () => import('./lossless.mjs'),
  kernels: () => import('./kernels.mjs'),
  coding: () => import('./coding.mjs'),
  transforms: () => import('./transforms.mjs'),
  quantize: () => import('./quantize.mjs'),
  rate: () => import('./rate.mjs'),
  tasks: () => import('./tasks.mjs'),
};
const DEFAULT_PART = 'lossless';

function readArguments() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      peers: { type: 'boolean', default: false },
      best: { type: 'string', default: '5' },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
    },
  });
  const unknown = positionals.filter((word) => !Object.hasOwn(PARTS, word));
  if (unknown.length > 0) {
    throw new Error(`No part is called ${unknown.join(', ')}: expected some of ${Object.keys(PARTS).join(', ')}`);
  }
  const times = Number(options.best);
  if (!Number.isInteger(times) || times < 1)
    throw new Error(`--best: expected a whole number from 1, found ${options.best}`);
  return { options, times, words: positionals.length > 0 ? [...new Set(positionals)] : [DEFAULT_PART] };
}

async function main() {
  const { options, times, words } = readArguments();
  const env = await setup();
  await build(env);
  const cores = availableParallelism();
  console.log(`${cpus()[0].model}, ${cores} cores, Node ${process.versions.node}, best of ${times}`);
  const parts = {};
  for (const word of words) {
    if (words.length > 1) console.log(`\n== ${word} ==`);
    const { measure } = await PARTS[word]();
    parts[word] = await measure({ options, times, cores, env });
  }
  if (options.json) writeWhole(options.json, `${JSON.stringify({ cores, times, parts }, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  fail(error);
}
