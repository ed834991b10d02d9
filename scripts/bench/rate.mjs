// Rate against distortion: the matrices of MiniLM at several signal-to-noise ratios, all bytes of the archive counted,
// beside what fixed layouts take.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { table } from '../lib/format.mjs';
import { inRoot } from '../lib/paths.mjs';
import { ensurePython } from '../lib/python.mjs';
import { run } from '../lib/run.mjs';
import { prepareMatrices } from './inputs.mjs';

/** What a ratio in decibels may take at most, in bits a weight. */
const WANTED = [
  { sqnr: 45.2, bits: 7.7 },
  { sqnr: 27.2, bits: 4.68 },
  { sqnr: 21.1, bits: 3.66, trellis: 3.58 },
  { sqnr: 16.5, bits: 2.9 },
  { sqnr: 12.1, bits: 2.2 },
];

const PEERS = ['gguf==0.19.0', 'numpy==2.4.6'];

function ratio(before, after) {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < before.length; i += 1) {
    signal += before[i] ** 2;
    noise += (before[i] - after[i]) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** The weights of a safetensors file, whose header both files share. */
function weightsOf(file) {
  const start = 8 + Number(Buffer.from(file.buffer, file.byteOffset, 8).readBigUInt64LE());
  return new Float32Array(new Uint8Array(file.subarray(start)).buffer);
}

/** One point: compressed to the wanted ratio, decompressed, and measured on what came back. */
async function point(library, matrices, original, sqnr, rate) {
  const recipe = { rules: [{ match: { rank: { min: 2 } }, chain: [{ rate }] }], sqnr };
  const started = performance.now();
  const { bytes } = await library.compress(matrices.path, { recipe });
  const encode = (performance.now() - started) / 1000;
  const middle = performance.now();
  const [restored] = await library.decompress(bytes);
  const decode = (performance.now() - middle) / 1000;
  const megabytes = (matrices.weights * 4) / 1e6;
  return {
    bits: (bytes.length * 8) / matrices.weights,
    sqnr: ratio(weightsOf(original), weightsOf(restored.bytes)),
    encode: megabytes / encode,
    decode: megabytes / decode,
  };
}

async function peers(matrices) {
  const python = await ensurePython('rate', PEERS);
  if (!python) throw new Error('--peers needs Python 3 with pip and venv.');
  const script = inRoot('scripts', 'bench', 'rate_peers.py');
  const printed = await run(python, ['-W', 'ignore', script, `${matrices.path}.raw`, JSON.stringify(matrices.shapes)]);
  return JSON.parse(printed.trim().split('\n').at(-1));
}

export async function measure({ options }) {
  const matrices = await prepareMatrices();
  if (!matrices) throw new Error('The matrices of MiniLM come through pip, and no Python 3 with pip was found.');
  const library = await import(pathToFileURL(inRoot('dist', 'index.js')).href);
  const original = new Uint8Array(readFileSync(matrices.path));
  const rows = [];
  const results = [];
  for (const { sqnr, bits, trellis } of WANTED) {
    const settings = [{ name: 'scalar', rate: {}, most: bits }];
    settings.push({ name: 'trellis', rate: { trellis: 3 }, most: trellis });
    for (const { name, rate, most } of settings) {
      const found = await point(library, matrices, original, sqnr, rate);
      results.push({ name, wanted: sqnr, most, ...found });
      const met = most === undefined ? '' : found.bits <= most && found.sqnr >= sqnr - 0.05 ? 'met' : 'NOT MET';
      const speeds = [found.encode.toFixed(0), found.decode.toFixed(0)];
      rows.push([`${name}, ${sqnr} dB`, found.sqnr.toFixed(2), found.bits.toFixed(3), most ?? '', met, ...speeds]);
    }
  }
  for (const { name, bits, sqnr } of options.peers ? await peers(matrices) : []) {
    rows.push([name, sqnr.toFixed(2), bits.toFixed(3), '', '', '', '']);
    results.push({ name, bits, sqnr });
  }
  const headings = ['', 'SQNR dB', 'bits a weight', 'at most', '', 'encode MB/s', 'decode MB/s'];
  console.log(`\nMatrices of MiniLM, ${matrices.weights} weights, all bytes of the archive counted`);
  console.log(table(headings, rows));
  if (!options.peers) console.log('\nFixed layouts are not in this run: add --peers.');
  await library.dispose();
  return results;
}
