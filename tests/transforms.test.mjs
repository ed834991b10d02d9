// The transforms give the same weights and the same representation natively, in WebAssembly, and with vectors.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inRoot, targetDir } from '../scripts/lib/paths.mjs';
import { run } from '../scripts/lib/run.mjs';
import { TRANSFORMS, transformer } from '../scripts/lib/transforms.mjs';
import { setup } from '../scripts/setup.mjs';

const CHAINS = [
  [{ clip: { percentile: 99.5 } }],
  [{ clip: { sigma: 2, per: 'channel' } }],
  [{ clip: { best: true } }, { ternarize: {} }],
  [{ prune: { sparsity: 0.7 } }],
  [{ prune: { sparsity: 0.3, by: 'random', seed: 5 } }],
  [{ prune: { pattern: '2:4' } }],
  [{ prune: { sparsity: 0.25, of: 'rows', norm: 'l1' } }],
  [{ cluster: { clusters: 16 } }],
  [{ cluster: { clusters: 2048 } }],
  [{ cluster: { clusters: 32, method: 'lloyd', init: 'random', seed: 9 } }],
  [{ prune: { sparsity: 0.5 } }, { cluster: { clusters: 32 } }],
  [{ binarize: {} }],
  [{ ternarize: { keep: 'best', per: 'tensor' } }],
  [{ factorize: { rank: 9, factors: 'f32' } }],
  [{ factorize: { error: 0.3, sparse: 0.01 } }],
  [{ factorize: { energy: 0.9, factors: 'int8' } }],
  [{ quantize: {} }],
  [{ quantize: { bits: 4 } }],
  [{ quantize: { bits: 4, symmetric: true, scale: 'bf16' } }],
  [{ quantize: { bits: 5, zeros: 'f16', axis: 1, group: 48 } }],
  [{ quantize: { bits: 4, method: 'search' } }],
  [{ quantize: { range: [-32, 31], method: 'search', norm: 2, scale: 'double', per: 'group' } }],
  [{ quantize: { bits: 3, method: 'hqq', group: 64 } }],
  [{ quantize: { bits: 4, method: 'hqq', per: 'tensor', zeros: 'f32' } }],
  [{ prune: { sparsity: 0.5 } }, { quantize: { bits: 4, method: 'hqq' } }],
  [{ clip: { best: true } }, { quantize: { bits: 4, method: 'minmax' } }],
  [{ nf4: {} }],
  [{ fp4: {} }],
  [{ fp4: { scale: 'e4m3' } }],
  [{ fp8: {} }],
  [{ fp8: { format: 'e5m2', per: 'none' } }],
  [{ float: { to: 'f16' } }],
  [{ float: { to: 'bf16' } }],
];
const SHAPE = [97, 131];

/** Sums of four uniform numbers, which are like weights; the generator is the one of Numerical Recipes. */
function bell(count) {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Float32Array.from({ length: count }, () => 0.1 * (uniform() + uniform() + uniform() + uniform()));
}

const env = await setup();
const weights = bell(SHAPE[0] * SHAPE[1]);
const tasks = CHAINS.map((chain) => ({ chain, shape: SHAPE, axis: 0 }));

async function natively() {
  const target = join(targetDir, 'transforms-native');
  const manifest = inRoot(...TRANSFORMS, 'Cargo.toml');
  await run('cargo', ['build', '--quiet', '--locked', '--manifest-path', manifest], {
    env: { CARGO_TARGET_DIR: target },
  });
  const folder = mkdtempSync(join(tmpdir(), 'tensorpress-transforms-'));
  try {
    const input = join(folder, 'weights.f32');
    writeFileSync(input, new Uint8Array(weights.buffer));
    const lines = tasks.map((task) => `${JSON.stringify({ task, input })}\n`).join('');
    const output = execFileSync(join(target, 'debug', process.platform === 'win32' ? 'transform.exe' : 'transform'), {
      input: lines,
      encoding: 'utf8',
    });
    return output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const expected = await natively();

test('every chain does something', () => {
  const digests = new Set(expected.map(({ ok }) => ok.digest));
  assert.is(digests.size, CHAINS.length);
});

for (const build of ['simd', 'base']) {
  const transform = await transformer(env, build);
  tasks.forEach((task, index) => {
    test(`${build}: ${JSON.stringify(task.chain)} is what it is natively`, () => {
      const { seconds: _, ...report } = transform(task, weights);
      // The estimated bytes contain a logarithm, which platforms may round in their own ways.
      assert.is(report.digest, expected[index].ok.digest);
      assert.ok(Math.abs(report.bytes / expected[index].ok.bytes - 1) < 1e-9);
    });
  });
}

test.run();
