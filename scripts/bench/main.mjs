// Ratio and speed against other tools, in one run:
//   npm run bench -- [--peers] [--best N] [--only WORDS] [--json FILE]
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from '../build.mjs';
import { writeWhole } from '../lib/files.mjs';
import { table } from '../lib/format.mjs';
import { inRoot } from '../lib/paths.mjs';
import { fail } from '../lib/run.mjs';
import { setup } from '../setup.mjs';
import { prepareInputs } from './inputs.mjs';
import { kernel } from './kernel.mjs';
import { peerPython, peers, zstd } from './rivals.mjs';
import { judge } from './targets.mjs';
import { bestOf, outcome } from './timing.mjs';

const { values: options } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    best: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});

const cores = availableParallelism();
/** 0 is the calling thread; all cores come last. */
const CREWS = [...new Set([0, 1, 2, cores])].filter((workers) => workers <= cores);

/** The whole public API, from bytes to bytes. */
async function wholeApi(library, bytes, effort, workers, times) {
  const pool = workers > 0 ? library.createPool({ workers }) : undefined;
  const common = pool ? { pool } : { workers: 0 };
  try {
    const encoded = await bestOf(times, () => library.compress(bytes, { effort, ...common }));
    const archive = encoded.result.bytes;
    const decoded = await bestOf(times, () => library.decompress(archive, common));
    if (Buffer.compare(decoded.result[0].bytes, bytes) !== 0)
      throw new Error('tensorpress did not give the same bytes back');
    const crew = workers === 0 ? 'one thread' : `${workers} worker${workers > 1 ? 's' : ''}`;
    const measured = outcome(`API, ${effort}, ${crew}`, bytes.length, archive.length, encoded.seconds, decoded.seconds);
    return { ...measured, effort, workers };
  } finally {
    await pool?.dispose();
  }
}

async function measure(library, input, python, times) {
  const bytes = new Uint8Array(readFileSync(input.path));
  const raw = readFileSync(input.raw);
  const api = [];
  for (const workers of CREWS) api.push(await wholeApi(library, bytes, 'default', workers, times));
  for (const effort of ['fast', 'max']) api.push(await wholeApi(library, bytes, effort, 0, times));
  const kernels = [];
  for (const effort of ['default', 'max']) {
    kernels.push({ ...(await kernel(raw, input.form, effort, times)), effort });
  }
  const rivals = python ? await peers(python, input.raw, input.form, times) : [];
  rivals.push(await zstd(raw, Math.min(times, 2)));
  return { model: input.model, form: input.form, bytes: bytes.length, api, kernels, rivals };
}

function report({ model, form, bytes, api, kernels, rivals }) {
  const base = api[0];
  const rows = [...api, ...kernels, ...rivals].map(({ name, ratio, encode, decode }) => [
    name,
    ratio.toFixed(4),
    encode.toFixed(3),
    decode.toFixed(3),
    (base.encode / encode).toFixed(2),
    (base.decode / decode).toFixed(2),
  ]);
  const headings = ['', 'ratio', 'encode GB/s', 'decode GB/s', 'ours is x', 'ours is x'];
  console.log(`\n${model} ${form}, ${(bytes / 1e6).toFixed(1)} MB; "ours" is "${base.name}"`);
  console.log(table(headings, rows));
}

async function main() {
  const times = Number(options.best);
  if (!Number.isInteger(times) || times < 1)
    throw new Error(`--best: expected a whole number from 1, found ${options.best}`);
  const env = await setup();
  await build(env);
  const library = await import(pathToFileURL(inRoot('dist', 'index.js')).href);
  const python = options.peers ? await peerPython() : undefined;
  const words = options.only.split(',').map((word) => word.trim().toLowerCase());
  const inputs = await prepareInputs((title) => words.some((word) => title.toLowerCase().includes(word)));
  console.log(`${cpus()[0].model}, ${cores} cores, Node ${process.versions.node}, best of ${times}`);
  const results = [];
  for (const input of inputs) {
    const result = await measure(library, input, python, times);
    report(result);
    results.push(result);
  }
  const verdicts = judge(results);
  console.log(`\n${table(['target', 'wanted', 'found', ''], verdicts, 1)}`);
  if (!options.peers) console.log('\nZipNN is not in this run: add --peers.');
  if (options.json) writeWhole(options.json, `${JSON.stringify({ cores, times, results, verdicts }, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  fail(error);
}
