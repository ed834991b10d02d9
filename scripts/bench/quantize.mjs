// Whole quantizers on one thread of WebAssembly, beside other people's in Python: speed and what is lost. The weights are
// MiniLM's matrices but its embeddings, as ONNX lays them out, [in, out] with the channels along the second axis; of
// ESRGAN's convolutions, [height, width, in, out], only what is lost is measured.
import { openSync, readSync, writeFileSync } from 'node:fs';
import { bareModule } from '../lib/bare-wasm.mjs';
import { table } from '../lib/format.mjs';
import { inRoot } from '../lib/paths.mjs';
import { ensurePython } from '../lib/python.mjs';
import { run } from '../lib/run.mjs';
import { prepareInputs, prepareMatrices } from './inputs.mjs';
import { compileForGood, processorTime } from './timing.mjs';
import { readTensors } from './transforms.mjs';

const FOLDER = ['scripts', 'bench', 'wasm-quantize'];
const LIBRARY = 'tensorpress_wasm_quantize_bench';
/** Matrices with more rows are embeddings, which no MatMul multiplies by. */
const MOST_ROWS = 5000;
const PEERS = ['onnxruntime==1.32.0', 'onnx==1.23.2', 'onnx_ir==1.1.0', 'gguf==0.19.0', 'numpy==2.4.6'];
/** Only HQQ needs it, and it is large: without it that row is missing. */
const TORCH = 'torch';

const RTN = { bits: 4, per: 'group', method: 'minmax' };
const HQQ = { bits: 4, per: 'group', method: 'hqq' };
const OURS = [
  { name: 'int8 per channel', step: { quantize: {} } },
  { name: 'int4 RTN g32, symmetric', step: { quantize: { ...RTN, symmetric: true, scale: 'f32' } } },
  { name: 'int4 RTN g32, asymmetric', step: { quantize: { ...RTN, symmetric: false, scale: 'f32' } } },
  { name: 'int4 HQQ g32', step: { quantize: { ...HQQ, scale: 'f32', zeros: 'f32' } } },
  { name: 'int4 least squares g32, symmetric', step: { quantize: { bits: 4, symmetric: true } } },
  { name: 'int4 least squares g32 (the default of 4 bits)', step: { quantize: { bits: 4 } } },
  { name: 'int4 least squares g32, fp16 zeros', step: { quantize: { bits: 4, zeros: 'f16' } } },
  { name: 'int4 search g32', step: { quantize: { bits: 4, method: 'search' } } },
  { name: 'int4 least squares g64', step: { quantize: { bits: 4, group: 64 } } },
  { name: 'int4 least squares g32, double', step: { quantize: { bits: 4, scale: 'double' } } },
  { name: '6 bits', step: { quantize: { bits: 6 } } },
  { name: '5 bits', step: { quantize: { bits: 5 } } },
  { name: '3 bits', step: { quantize: { bits: 3 } } },
  { name: '2 bits', step: { quantize: { bits: 2 } } },
  { name: 'int8 per tensor', step: { quantize: { per: 'tensor' } } },
  { name: 'NF4', step: { nf4: {} } },
  { name: 'NF4, double', step: { nf4: { scale: 'double' } } },
  { name: 'MXFP4', step: { fp4: {} } },
  { name: 'NVFP4', step: { fp4: { scale: 'e4m3' } } },
  { name: 'fp8 E4M3 per channel', step: { fp8: {} } },
  { name: 'fp8 E4M3 without scales', step: { fp8: { per: 'none' } } },
  { name: 'fp8 E5M2 per channel', step: { fp8: { format: 'e5m2' } } },
  { name: 'fp16', step: { float: { to: 'f16' } } },
  { name: 'bf16', step: { float: { to: 'bf16' } } },
];

/** Ours, a peer, and how many times as fast ours must be; with `error`, at no more squared error. */
const TARGETS = [
  { ours: 'int8 per channel', peer: 'onnxruntime quantize_dynamic, int8 per channel', times: 25 },
  { ours: 'int4 RTN g32, symmetric', peer: 'onnxruntime MatMulNBits RTN, symmetric', times: 1.5 },
  { ours: 'int4 RTN g32, asymmetric', peer: 'onnxruntime MatMulNBits RTN, asymmetric', times: 1.5 },
  { ours: 'int4 HQQ g32', peer: 'onnxruntime MatMulNBits HQQ', times: 20, error: true },
];
/** Two sums of the same squares in a different order. */
const SAME_DECIBELS = 0.001;

/** The matrices, each turned from [out, in] to [in, out], and the file that holds them for the peers. */
function turned(matrices) {
  const file = openSync(`${matrices.path}.raw`, 'r');
  const all = [];
  let offset = 0;
  for (const [rows, columns] of matrices.shapes) {
    const from = new Float32Array(rows * columns);
    readSync(file, new Uint8Array(from.buffer), 0, from.byteLength, offset);
    offset += from.byteLength;
    if (rows > MOST_ROWS) continue;
    const weights = new Float32Array(from.length);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) weights[column * rows + row] = from[row * columns + column];
    }
    all.push({ rows: columns, columns: rows, weights });
  }
  const path = `${matrices.path}.turned.raw`;
  writeFileSync(path, Buffer.concat(all.map(({ weights }) => new Uint8Array(weights.buffer))));
  return { all, path };
}

/** Loads a matrix, applies the step, and gives the seconds that took. */
function applied(wasm, recipe, { rows, columns, weights }) {
  // The memory is asked for last: making room may move it.
  const room = wasm.weights(rows, columns);
  new Float32Array(wasm.memory.buffer, room, weights.length).set(weights);
  const recipeRoom = wasm.recipe(recipe.length);
  new Uint8Array(wasm.memory.buffer, recipeRoom, recipe.length).set(recipe);
  wasm.prepare(1);
  const started = processorTime();
  wasm.run();
  return processorTime() - started;
}

/** ESRGAN's convolutions as matrices, [height · width · in, out]. */
async function convolutions() {
  const [input] = await prepareInputs((title) => title === 'ESRGAN fp32');
  const tensors = readTensors(input.path, Number.MAX_SAFE_INTEGER).filter(({ shape }) => shape.length === 4);
  return tensors.map(({ shape, weights }) => ({ rows: weights.length / shape[3], columns: shape[3], weights }));
}

/** What a step loses of all weights, in decibels, and the bits that it needs for one. */
function quality(wasm, recipe, all) {
  let [signal, noise, bits, count] = [0, 0, 0, 0];
  for (const matrix of all) {
    applied(wasm, recipe, matrix);
    const found = wasm.restored();
    const restored = new Float32Array(wasm.memory.buffer, found, matrix.weights.length);
    for (let i = 0; i < restored.length; i += 1) {
      signal += matrix.weights[i] ** 2;
      noise += (matrix.weights[i] - restored[i]) ** 2;
    }
    bits += wasm.bits();
    count += restored.length;
  }
  return { sqnr: 10 * Math.log10(signal / noise), bits: bits / count };
}

function measureStep(wasm, { name, step }, { matrices, convolutions: others }, times) {
  const recipe = new TextEncoder().encode(JSON.stringify(step));
  let seconds = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i += 1) {
    const sum = matrices.reduce((total, matrix) => total + applied(wasm, recipe, matrix), 0);
    seconds = Math.min(seconds, sum);
  }
  return { name, seconds, ...quality(wasm, recipe, matrices), esrgan: quality(wasm, recipe, others).sqnr };
}

/** The interpreter for the peers, and whether it has what HQQ needs. */
async function peerPython() {
  try {
    return { python: await ensurePython('quantize-torch', [...PEERS, TORCH]), hqq: true };
  } catch (error) {
    console.log(`HQQ of onnxruntime is skipped: ${TORCH} could not be installed (${error.message.split('\n')[0]})`);
    return { python: await ensurePython('quantize', PEERS), hqq: false };
  }
}

async function peers({ all, path }, times) {
  const { python, hqq } = await peerPython();
  if (!python) throw new Error('--peers needs Python 3 with pip and venv.');
  const shapes = JSON.stringify(all.map(({ rows, columns }) => [rows, columns]));
  const script = inRoot('scripts', 'bench', 'quantize_peers.py');
  const printed = await run(python, ['-W', 'ignore', script, path, shapes, String(times), ...(hqq ? ['hqq'] : [])]);
  return JSON.parse(printed.trim().split('\n').at(-1));
}

function judge(ours, others) {
  return TARGETS.flatMap((target) => {
    const mine = ours.find(({ name }) => name === target.ours);
    const peer = others.find(({ name }) => name === target.peer);
    if (!peer) return [];
    const times = peer.seconds / mine.seconds;
    const met = times >= target.times && (!target.error || mine.sqnr >= peer.sqnr - SAME_DECIBELS);
    const wanted = `>= ${target.times}x${target.error ? ', error at most' : ''}`;
    const found = `${times.toFixed(1)}x, ${mine.sqnr.toFixed(3)} to ${peer.sqnr.toFixed(3)} dB`;
    return [[`${target.ours} to ${target.peer}`, wanted, found, met ? 'met' : 'NOT MET']];
  });
}

/** Prints a row a quantizer, and the targets. */
export async function measure({ options, times, env }) {
  const matrices = await prepareMatrices();
  if (!matrices) throw new Error('The matrices of MiniLM come through pip, and no Python 3 with pip was found.');
  const prepared = turned(matrices);
  compileForGood();
  const wasm = await bareModule(env, FOLDER, LIBRARY, 'simd');
  const inputs = { matrices: prepared.all, convolutions: await convolutions() };
  const ours = OURS.map((one) => measureStep(wasm, one, inputs, times));
  const others = options.peers ? await peers(prepared, Math.min(times, 3)) : [];
  const megabytes = prepared.all.reduce((sum, { weights }) => sum + weights.byteLength, 0) / 1e6;
  console.log(`\n${megabytes.toFixed(1)} MB of fp32 matrices; MB of fp32 a second, one thread, processor time`);
  const rows = [...ours, ...others].map(({ name, seconds, sqnr, bits = Number.NaN, esrgan }) => [
    name,
    (megabytes / seconds).toFixed(0),
    sqnr.toFixed(3),
    Number.isNaN(bits) ? '' : bits.toFixed(3),
    esrgan?.toFixed(3) ?? '',
  ]);
  console.log(table(['', 'MB/s', 'SQNR dB', 'bits a weight', 'ESRGAN, dB'], rows));
  const verdicts = judge(ours, others);
  if (options.peers) console.log(`\n${table(['target', 'wanted', 'found', ''], verdicts, 1)}`);
  else console.log('\nonnxruntime and gguf are not in this run: add --peers.');
  return { ours, others, verdicts };
}
