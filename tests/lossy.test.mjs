// Recipes: what they do to weights, through the package and the command line.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dist, runNode, scratch, script, tensorpress } from './helpers/package.mjs';

const { compress, decompress, decompressStream, diff, inspect, TensorpressError } = tensorpress;

/** Numbers between −1 and 1, most of them small, the same each time. */
function* numbers(seed) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (;;) yield ((next() + next() + next() + next() - 2) * (next() + 0.5)) / 8;
}

function safetensors(tensors) {
  const header = {};
  const parts = [];
  let at = 0;
  for (const [name, shape] of Object.entries(tensors)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const source = numbers(name.length + count);
    const bytes = new Uint8Array(Float32Array.from({ length: count }, () => source.next().value).buffer);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, ...parts]));
}

const model = safetensors({ 'embed.weight': [1500, 900], 'layer.weight': [300, 400], 'layer.bias': [300] });
const rate = { rules: [{ chain: [{ rate: {} }] }] };

test('a preset gives the quality that it promises, and the same bytes with any number of workers', async () => {
  const { bytes, report } = await compress(model, { preset: 'balanced', workers: 0, verify: true });
  const { tensorSqnr } = report.quality;
  assert.ok(tensorSqnr >= 27 && tensorSqnr < 27.3, `${tensorSqnr} dB`);
  assert.ok(bytes.length < model.length / 6);
  const again = await compress(model, { recipe: { preset: 'balanced' }, workers: 3 });
  assert.ok(Buffer.from(bytes).equals(again.bytes), 'bytes differ');
  for (const workers of [0, 2]) {
    const [file] = await decompress(bytes, { workers, verify: true });
    const found = await diff(model, file.bytes);
    assert.is(found.counts.changed, 2);
    for (const change of found.tensors.filter(({ status }) => status === 'changed')) {
      const { quality } = report.tensors.find(({ name }) => name === change.name);
      assert.ok(Math.abs(change.sqnr - quality.sqnr) < 1e-6 && Math.abs(change.cosine - quality.cosine) < 1e-9);
      assert.is(change.maxAbsError, quality.maxError);
      assert.ok(Math.abs(change.meanAbsError - quality.meanError) < 1e-9);
      assert.ok(Math.abs(change.sparsity - quality.sparsity) < 1e-12);
    }
  }
});

test('both WebAssembly builds write the same bytes, whatever the chain', async () => {
  const input = join(scratch, 'both.safetensors');
  const shapes = { a: [96, 128], b: [32, 48], c: [32, 64], d: [64, 48], e: [40, 64], f: [64, 64] };
  writeFileSync(input, safetensors({ ...shapes, g1: [40, 40], g2: [30, 60], h1: [50, 70], h2: [60, 40] }));
  const recipe = {
    rules: [
      { match: { name: 'b' }, chain: [{ prune: { sparsity: 0.5, global: true } }, { cluster: { clusters: 12 } }] },
      { match: { name: 'c' }, chain: [{ quantize: { bits: 4 } }] },
      { match: { name: 'd' }, chain: [{ quantize: { bits: 3, method: 'hqq', group: 32 } }] },
      { match: { name: 'e' }, chain: [{ clip: { best: true } }, { quantize: { bits: 6 } }] },
      { match: { name: 'f' }, chain: [{ factorize: { rank: 5 } }] },
      { match: { name: 'g*' }, chain: [{ cluster: { clusters: 24, shared: true } }] },
      { match: { name: 'h*' }, chain: [{ factorize: { budget: { share: 0.2 } } }] },
      { chain: [{ rate: { trellis: 3 } }] },
    ],
    bitsPerWeight: 4,
  };
  const text = `const { bytes } = await tensorpress.compress(${JSON.stringify(input)}, { recipe: ${JSON.stringify(recipe)} });
    process.stdout.write(Buffer.from(bytes).toString('base64'))`;
  const [simd, base] = await Promise.all(
    ['simd', 'base'].map((build) => script(text, { env: { TENSORPRESS_WASM: build } })),
  );
  assert.is(simd.code, 0, simd.stderr);
  assert.is(base.code, 0, base.stderr);
  assert.ok(simd.stdout.length > 1000 && simd.stdout === base.stdout, 'bytes differ');
});

test('an option that no tensor of the model can have leaves that tensor exact', async () => {
  const recipe = { rules: [{ chain: [{ prune: { pattern: '1:4', axis: 2 } }] }] };
  const { bytes, report } = await compress(safetensors({ cube: [20, 30, 40], flat: [40, 50] }), { recipe });
  const [cube, flat] = report.tensors;
  assert.ok(Math.abs(cube.quality.sparsity - 0.75) < 1e-9, cube.note);
  assert.ok(flat.note.includes('no neighbours along axis 2'), flat.note);
  await decompress(bytes, { verify: true });
});

test('tensors of a rule share a codebook, and their ranks follow one budget', async () => {
  const input = safetensors({ a: [200, 300], b: [100, 90], c: [80, 80] });
  const compressed = (chain, workers) => compress(input, { recipe: { rules: [{ chain }] }, workers });
  for (const chain of [
    [{ cluster: { clusters: 16, shared: true } }],
    [{ factorize: { budget: { bitsPerWeight: 6 } } }],
  ]) {
    const [alone, { bytes, report }] = [await compressed(chain, 0), await compressed(chain, 3)];
    assert.ok(Buffer.from(alone.bytes).equals(bytes), 'bytes differ');
    assert.ok(report.tensors.every(({ quality }) => quality.sqnr > 2));
    const [{ bytes: restored }] = await decompress(bytes);
    const values = new Set(new Float32Array(restored.slice(restored.length - 4 * 75_400).buffer));
    if ('cluster' in chain[0]) assert.is(values.size, 16);
    else assert.ok(report.quality.bitsPerWeight <= 6.2 && report.quality.bitsPerWeight > 4.5);
  }
});

test('steps beyond the range of numbers reach jobs, too', async () => {
  const file = safetensors({ w: [64, 64] });
  const data = file.length - 4 * 4096;
  const huge = new Float32Array(file.slice(data).buffer).map((weight) => weight * 1e38);
  file.set(new Uint8Array(huge.buffer), data);
  const recipe = { rules: [{ chain: [{ rate: {} }], weight: 1e-6 }], sqnr: 10 };
  const { bytes, report } = await compress(file, { recipe, verify: true });
  assert.match(report.tensors[0].note, /exact: rate.step/);
  assert.ok(Buffer.from((await decompress(bytes))[0].bytes).equals(file));
});

test('budgets are met', async () => {
  for (const targetBytes of [400_000, 1_000_000]) {
    const { bytes } = await compress(model, { recipe: rate, targetBytes });
    assert.ok(bytes.length <= targetBytes && bytes.length >= targetBytes * 0.98, `${bytes.length} of ${targetBytes}`);
  }
  const { report } = await compress(model, { recipe: rate, bitsPerWeight: 3 });
  assert.ok(Math.abs(report.quality.bitsPerWeight / 3 - 1) <= 0.01);
  const { report: bounded } = await compress(model, { recipe: rate, maxError: 0.003 });
  assert.ok(bounded.tensors.every(({ quality }) => quality === undefined || quality.maxError <= 0.003));
});

test('the search for a budget is a phase of its own, whose progress moves and never falls', async () => {
  for (const [options, phases] of [
    [{ recipe: rate, targetBytes: 700_000 }, ['search', 'encode']],
    [{ recipe: rate, sqnr: 30 }, ['search', 'encode']],
    [{}, ['encode']],
  ]) {
    const told = [];
    await compress(model, { ...options, workers: 0, onProgress: (progress) => told.push(progress) });
    assert.equal([...new Set(told.map(({ phase }) => phase))], phases);
    for (const phase of phases) {
      const own = told.filter((progress) => progress.phase === phase);
      assert.is(told.indexOf(own[0]) + own.length - 1, told.indexOf(own.at(-1)), `${phase} comes once`);
      for (const [index, { done, total, secondsLeft }] of own.entries()) {
        assert.is(total, model.length);
        assert.ok(
          done >= (own[index - 1]?.done ?? 0) && done <= total && Number.isInteger(done),
          `${done} of ${total}`,
        );
        if (phase === 'search') assert.is(secondsLeft, undefined);
      }
      assert.is(own.at(-1).done, model.length);
    }
    // Between encoding everything a few times there are many reports.
    const moved = new Set(told.filter(({ phase }) => phase === 'search').map(({ done }) => done));
    assert.ok(phases.length === 1 || moved.size > 3, `${moved.size} reports of the search`);
  }
});

test('an approximate archive says so, streams, and verifies by its streams', async () => {
  const { bytes } = await compress(model, { preset: 'small' });
  const { files, tensors } = await inspect(bytes);
  assert.is(files[0].approximate, true);
  assert.is(tensors.find(({ name }) => name === 'layer.weight').chain, '[{"rate":{"relative":true,"trellis":3}}]');
  assert.is(tensors.find(({ name }) => name === 'layer.bias').chain, undefined);
  const [whole] = await decompress(bytes);
  for await (const { stream } of decompressStream(new Blob([bytes]).stream(), { verify: true })) {
    const parts = [];
    for await (const part of stream) parts.push(part);
    assert.ok(Buffer.concat(parts).equals(whole.bytes));
  }
});

test('what makes no sense is refused by its path', async () => {
  for (const [options, text] of [
    [{ recipe: { rules: [{ chain: [{ quantize: { bits: 17 } }] }] } }, 'recipe.rules[0].chain[0].quantize.bits'],
    [{ recipe: { rules: [{ match: { nane: 'x' }, chain: [] }] } }, 'recipe.rules[0].match.nane'],
    [{ recipe: { rules: [{ chain: [{ quantize: { bits: Number.NaN } }] }] } }, 'options.recipe: bits'],
    [{ recipe: { preset: 'high', sqnr: Number.POSITIVE_INFINITY } }, 'options.recipe: sqnr'],
    [{ recipe: { preset: 'balanced', targetBytes: 900_000n } }, 'options.recipe: targetBytes'],
    [{ preset: 'tiny' }, 'recipe.preset'],
    [{ preset: 'lossless', targetBytes: 1000 }, 'recipe.preset'],
    [{ recipe: rate }, 'recipe.rules[0].chain[0]'],
    [{ targetBytes: '20MB' }, 'options.targetBytes'],
    [{ preset: 'balanced', targetBytes: 900 }, 'recipe.targetBytes'],
  ]) {
    try {
      await compress(model, options);
      assert.unreachable(text);
    } catch (error) {
      assert.instance(error, TensorpressError);
      assert.is(error.code, 'invalid-option');
      assert.ok(error.message.includes(text), error.message);
    }
  }
});

test('tensors that were renamed are compared under both names', async () => {
  const renamed = safetensors({ 'embed.weight': [15, 9], x: [1] });
  const other = Buffer.from(renamed);
  other.set(Buffer.from(renamed).subarray(0));
  const text = Buffer.from(renamed).toString('latin1').replace('embed.weight', 'other.weight');
  const { counts } = await diff(renamed, new Uint8Array(Buffer.from(text, 'latin1')), {
    rename: { 'embed.weight': 'other.weight' },
  });
  assert.equal(counts, { equal: 2, changed: 0, added: 0, removed: 0 });
});

test('the command line takes recipes and budgets', async () => {
  const input = join(scratch, 'model.safetensors');
  const recipe = join(scratch, 'recipe.json');
  writeFileSync(input, model);
  writeFileSync(recipe, JSON.stringify(rate));
  const cli = join(dist, 'cli.js');
  const output = join(scratch, 'model.tpress');
  const made = await runNode([
    cli,
    'compress',
    input,
    '-o',
    output,
    '--recipe',
    recipe,
    '--target-bytes',
    '0.5MB',
    '--json',
  ]);
  assert.is(made.code, 0, made.stderr);
  const { encoded, quality } = JSON.parse(made.stdout);
  assert.ok(encoded <= 500_000 && encoded >= 490_000, `${encoded}`);
  assert.is(readFileSync(output).length, encoded);
  assert.ok(quality.sqnr > 5);
  const table = await runNode([cli, 'compress', input, '-o', output, '--force', '--preset', 'high']);
  assert.is(table.code, 0, table.stderr);
  assert.match(table.stdout, /layer\.weight +rate .* dB/);
  assert.match(table.stdout, /all of these .* dB \(45\.\d by tensor\)/);
  assert.match(table.stdout, /1 exact: no rule matches/);
  const aimed = await runNode([cli, 'compress', input, '-o', output, '--force', '--tensor-sqnr', '30', '--json']);
  const { tensorSqnr } = JSON.parse(aimed.stdout).quality;
  assert.ok(tensorSqnr >= 30 && tensorSqnr < 30.3, `${tensorSqnr} dB`);
  const wrong = await runNode([cli, 'compress', input, '-o', output, '--force', '--target-bytes', 'many']);
  assert.is(wrong.code, 2);
});

test.run();
