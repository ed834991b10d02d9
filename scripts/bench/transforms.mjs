// What transforms other than quantizers do to real tensors, and how fast exact clustering is: one thread in WebAssembly
// with vectors, in this process's own processor time.
import { closeSync, openSync, readSync } from 'node:fs';
import { table } from '../lib/format.mjs';
import { transformer } from '../lib/transforms.mjs';
import { prepareInputs } from './inputs.mjs';

const MIB_WEIGHTS = 1 << 20;
/** Seconds that 256 exact clusters of 1 Mi weights may take. */
const WANTED_SECONDS = 2;
const CLUSTERS = [16, 256, 4096, 65_536];

/** Chains of the second table. Where a tensor is not a matrix, factors leave it as it is. */
const CHAINS = [
  [{ clip: { percentile: 99.9 } }],
  [{ clip: { sigma: 3 } }],
  [{ prune: { sparsity: 0.3 } }],
  [{ prune: { sparsity: 0.5 } }],
  [{ prune: { sparsity: 0.9 } }],
  [{ prune: { sparsity: 0.5, by: 'random' } }],
  [{ prune: { pattern: '2:4' } }],
  [{ prune: { sparsity: 0.1, of: 'channels' } }],
  [{ cluster: { clusters: 4 } }],
  [{ cluster: { clusters: 16 } }],
  [{ cluster: { clusters: 16, method: 'lloyd' } }],
  [{ cluster: { clusters: 16, method: 'lloyd', init: 'density' } }],
  [{ cluster: { clusters: 256 } }],
  [{ prune: { sparsity: 0.3 } }, { cluster: { clusters: 32 } }],
  [{ prune: { sparsity: 0.5 } }, { cluster: { clusters: 32 } }],
  [{ binarize: {} }],
  [{ ternarize: {} }],
  [{ ternarize: { keep: 'best' } }],
  [{ clip: { best: true } }, { ternarize: {} }],
  [{ factorize: { energy: 0.9 } }],
  [{ factorize: { error: 0.1 } }],
  [{ factorize: { energy: 0.9, sparse: 0.01 } }],
  [{ factorize: { energy: 0.9, factors: 'int8' } }],
];

/** Matrices and convolutions of a safetensors file that are worth transforming, at most `most` weights each. */
export function readTensors(path, most) {
  const file = openSync(path, 'r');
  const read = (position, length) => {
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, position);
    return bytes;
  };
  try {
    const length = Number(read(0, 8).readBigUInt64LE());
    return Object.entries(JSON.parse(read(8, length).toString()))
      .map(([name, { shape, data_offsets: [begin, end] = [] }]) => ({ name, shape, begin, bytes: end - begin }))
      .filter(({ shape, bytes }) => shape?.length > 1 && bytes >= 4096 && bytes <= 4 * most)
      .map(({ name, shape, begin, bytes }) => {
        const data = read(8 + length + begin, bytes);
        return { name, shape, weights: new Float32Array(data.buffer, data.byteOffset, bytes / 4) };
      });
  } finally {
    closeSync(file);
  }
}

const decibels = (ratio) => 10 * Math.log10(ratio);

/** PyTorch has the channels of a matrix first, TensorFlow last. */
const channelAxis = (model, shape) => (model === 'ESRGAN' ? shape.length - 1 : 0);

/** A chain on all tensors: error of all their weights, bits a weight, and the processor time. */
function overall(transform, chain, { model, tensors }) {
  const sums = { weights: 0, signal: 0, noise: 0, bytes: 0, zeros: 0, seconds: 0 };
  for (const { shape, weights } of tensors) {
    const report = transform({ chain, shape, axis: channelAxis(model, shape) }, weights);
    const signal = weights.reduce((sum, weight) => sum + weight * weight, 0);
    sums.weights += weights.length;
    sums.signal += signal;
    sums.noise += report.signalToNoise === null ? 0 : signal / report.signalToNoise;
    // What is not made smaller is kept as fp32.
    sums.bytes += Math.min(report.bytes, weights.byteLength);
    sums.zeros += report.zeros;
    sums.seconds += report.seconds;
  }
  return {
    model,
    chain,
    decibels: decibels(sums.signal / sums.noise),
    bits: (8 * sums.bytes) / sums.weights,
    zeros: sums.zeros / sums.weights,
    speed: (4 * sums.weights) / 1e6 / sums.seconds,
  };
}

function clusterSpeed(transform, tensors, times) {
  const joined = new Float32Array(MIB_WEIGHTS);
  let filled = 0;
  for (const { weights } of tensors) {
    const part = weights.subarray(0, MIB_WEIGHTS - filled);
    joined.set(part, filled);
    filled += part.length;
  }
  if (filled < MIB_WEIGHTS) throw new Error(`${filled} weights, expected ${MIB_WEIGHTS}`);
  return CLUSTERS.map((clusters) => {
    const task = { chain: [{ cluster: { clusters } }], shape: [MIB_WEIGHTS], axis: 0 };
    let best;
    for (let i = 0; i < times; i += 1) {
      const report = transform(task, joined);
      if (!best || report.seconds < best.seconds) best = report;
    }
    return { clusters, seconds: best.seconds, decibels: decibels(best.signalToNoise) };
  });
}

/** Prints the tables; gives what they hold. */
export async function measure({ options, times, env }) {
  const transform = await transformer(env, 'simd');
  const words = options.only.split(',').map((word) => word.trim().toLowerCase());
  const chosen = (title) => title.endsWith('fp32') && words.some((word) => title.toLowerCase().includes(word));
  // The largest block of an archive holds 4 Mi weights of fp32; larger tensors come in slices and are left out here.
  const inputs = (await prepareInputs(chosen)).map(({ model, path }) => ({
    model,
    tensors: readTensors(path, 4 * MIB_WEIGHTS),
  }));
  const results = { speed: [], transforms: [] };
  for (const { model, tensors } of inputs) {
    const speed = clusterSpeed(transform, tensors, times);
    results.speed.push({ model, speed });
    console.log(`\nexact clusters of the first ${MIB_WEIGHTS} weights of ${model}`);
    const rows = speed.map(({ clusters, seconds, decibels: db }) => [clusters, seconds.toFixed(2), db.toFixed(2)]);
    console.log(table(['clusters', 'seconds', 'SQNR dB'], rows));
    const found = speed.find(({ clusters }) => clusters === 256).seconds;
    const met = found <= WANTED_SECONDS ? 'met' : 'MISSED';
    console.log(`256 clusters in at most ${WANTED_SECONDS} s: ${found.toFixed(2)} s, ${met}`);
  }
  for (const input of inputs) {
    console.log(`\n${input.model}: matrices and convolutions; bits by order-0 entropy of codes, factors as they are`);
    const found = CHAINS.map((chain) => overall(transform, chain, input));
    results.transforms.push(...found);
    const rows = found.map(({ chain, decibels: db, bits, zeros, speed }) => [
      chain.map((step) => JSON.stringify(step).slice(1, -1).replaceAll('"', '')).join(' '),
      db.toFixed(2),
      bits.toFixed(2),
      (100 * zeros).toFixed(1),
      speed.toFixed(0),
    ]);
    console.log(table(['', 'SQNR dB', 'bits', 'zeros %', 'MB/s'], rows, 1));
  }
  return results;
}
