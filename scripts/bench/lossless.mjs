// Ratio and speed of lossless compression against other tools, on real weights.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { table } from '../lib/format.mjs';
import { inRoot } from '../lib/paths.mjs';
import { prepareInputs } from './inputs.mjs';
import { kernel } from './kernel.mjs';
import { peerPython, peers, zstd } from './rivals.mjs';
import { judge } from './targets.mjs';
import { bestOf, outcome } from './timing.mjs';

/** How the crew is called in the tables. */
const crewOf = (workers) => (workers === 0 ? 'one thread' : `${workers} worker${workers > 1 ? 's' : ''}`);

/** Measures the whole public API with some workers, as `work` does it with their options. */
async function withCrew(library, workers, work) {
  const pool = workers > 0 ? library.createPool({ workers }) : undefined;
  try {
    return await work(pool ? { pool } : { workers: 0 });
  } finally {
    await pool?.dispose();
  }
}

function checkSame(found, bytes) {
  if (Buffer.compare(found, bytes) !== 0) throw new Error('tensorpress did not give the same bytes back');
}

/** From bytes to bytes: to new arrays, as by default, or into arrays that were used before. */
async function inMemory(library, bytes, effort, workers, times, reuse = false) {
  return withCrew(library, workers, async (common) => {
    const used = (length) => (reuse ? { output: { into: new Uint8Array(length).fill(1) } } : {});
    const forArchive = used(bytes.length + (1 << 20));
    const encoded = await bestOf(times, () => library.compress(bytes, { effort, ...common, ...forArchive }));
    const archive = encoded.result.bytes;
    const forFile = used(bytes.length);
    const decoded = await bestOf(times, () => library.decompress(archive, { ...common, ...forFile }));
    checkSame(decoded.result[0].bytes, bytes);
    const name = `API, ${effort}, ${crewOf(workers)}${reuse ? ', into' : ''}`;
    return { ...outcome(name, bytes.length, archive.length, encoded, decoded), effort, workers, reuse };
  });
}

/** From file to file, in a folder that lies in memory where there is one, for disks are not what is measured. */
async function fromFiles(library, bytes, workers, times) {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tensorpress-bench-'));
  try {
    const [original, archive, restored] = ['original', 'archive', 'restored'].map((name) => join(folder, name));
    writeFileSync(original, bytes);
    return await withCrew(library, workers, async (common) => {
      const to = (path) => ({ ...common, force: true, output: { path } });
      const encoded = await bestOf(times, () => library.compress(original, to(archive)));
      const decoded = await bestOf(times, () => library.decompress(archive, to(restored)));
      checkSame(readFileSync(restored), bytes);
      const name = `API, default, ${crewOf(workers)}, files`;
      return { ...outcome(name, bytes.length, statSync(archive).size, encoded, decoded), workers };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs of everything before anything is measured: the rivals are compiled for good, V8 begins with quick code. */
const WARMING = 12;

async function warm(library, input) {
  const bytes = new Uint8Array(readFileSync(input.path));
  for (let i = 0; i < WARMING; i += 1) {
    const { bytes: archive } = await library.compress(bytes, { workers: 0 });
    await library.decompress(archive, { workers: 0 });
  }
}

async function measureInput(library, input, python, crews, times) {
  const bytes = new Uint8Array(readFileSync(input.path));
  const raw = readFileSync(input.raw);
  const api = [];
  // The rival runs before and after, so that a disturbance of minutes does not meet one side alone.
  const runPeers = async () => (python ? await peers(python, input.raw, input.form, times) : []);
  const before = await runPeers();
  api.push(await inMemory(library, bytes, 'default', 0, times));
  api.push(await inMemory(library, bytes, 'default', 0, times, true));
  const rivals = bestOfBoth(before, await runPeers());
  for (const workers of crews.slice(1)) api.push(await inMemory(library, bytes, 'default', workers, times));
  for (const effort of ['fast', 'max']) api.push(await inMemory(library, bytes, effort, 0, times));
  const files = [];
  for (const workers of crews.slice(1)) files.push(await fromFiles(library, bytes, workers, times));
  const kernels = [];
  for (const effort of ['default', 'max']) {
    kernels.push({ ...(await kernel(raw, input.form, effort, times)), effort });
  }
  rivals.push(await zstd(input.raw, Math.min(times, 2)));
  return { model: input.model, form: input.form, bytes: bytes.length, api, files, kernels, rivals };
}

/** Of two measurements of the same rivals, the better of each figure. */
function bestOfBoth(before, after) {
  return before.map((one, index) => {
    const other = after[index];
    const cpu = (side) => Math.max(one.cpu[side], other.cpu[side]);
    return {
      ...one,
      encode: Math.max(one.encode, other.encode),
      decode: Math.max(one.decode, other.decode),
      cpu: { encode: cpu('encode'), decode: cpu('decode') },
    };
  });
}

function report({ model, form, bytes, api, files, kernels, rivals }) {
  const base = api[0];
  const rows = [...api, ...files, ...kernels, ...rivals].map(({ name, ratio, encode, decode, cpu }) => [
    name,
    ratio.toFixed(4),
    ...[encode, decode, cpu.encode, cpu.decode].map((speed) => speed.toFixed(3)),
    (base.cpu.encode / cpu.encode).toFixed(2),
    (base.cpu.decode / cpu.decode).toFixed(2),
  ]);
  const headings = ['', 'ratio', 'encode GB/s', 'decode GB/s', 'by CPU s', 'by CPU s', 'ours is x', 'ours is x'];
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
  if (inputs[0]) await warm(library, inputs[0]);
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
