// Ratio and speed of lossless compression against other tools, on real weights.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { table } from '../lib/format.mjs';
import { inRoot } from '../lib/paths.mjs';
import { prepareInputs } from './inputs.mjs';
import { kernel } from './kernel.mjs';
import { peerPython, peers, zstd } from './rivals.mjs';
import { judge } from './targets.mjs';
import { bestOf, outcome } from './timing.mjs';

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

async function measureInput(library, input, python, crews, times) {
  const bytes = new Uint8Array(readFileSync(input.path));
  const raw = readFileSync(input.raw);
  const api = [];
  for (const workers of crews) api.push(await wholeApi(library, bytes, 'default', workers, times));
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

/** Prints a table an input, and the targets. */
export async function measure({ options, times, cores }) {
  const library = await import(pathToFileURL(inRoot('dist', 'index.js')).href);
  const python = options.peers ? await peerPython() : undefined;
  const words = options.only.split(',').map((word) => word.trim().toLowerCase());
  const inputs = await prepareInputs((title) => words.some((word) => title.toLowerCase().includes(word)));
  // 0 is the calling thread; all cores come last.
  const crews = [...new Set([0, 1, 2, cores])].filter((workers) => workers <= cores);
  const results = [];
  for (const input of inputs) {
    const result = await measureInput(library, input, python, crews, times);
    report(result);
    results.push(result);
  }
  const verdicts = judge(results);
  console.log(`\n${table(['target', 'wanted', 'found', ''], verdicts, 1)}`);
  if (!options.peers) console.log('\nZipNN is not in this run: add --peers.');
  return { results, verdicts };
}
