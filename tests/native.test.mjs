// Whole archives are the same bytes, whether the engine runs natively or as either WebAssembly module, on any number of
// workers: real models, without loss, by each preset, within budgets, and with what rules settle for all their tensors.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { walk } from '../scripts/lib/files.mjs';
import { root, targetDir } from '../scripts/lib/paths.mjs';
import { run } from '../scripts/lib/run.mjs';
import { fetchModels } from '../scripts/models.mjs';
import { scratch, script } from './helpers/package.mjs';

const MODELS = ['Silero VAD v5', 'PP-OCRv2 cls', 'ESRGAN-slim x2'];
const RECIPES = [
  undefined,
  { preset: 'high' },
  { preset: 'balanced' },
  { preset: 'small' },
  { preset: 'deepCompression' },
  { preset: 'balanced', targetBytes: 400_000 },
  { rules: [{ chain: [{ rate: { trellis: 3 } }] }], maxError: 0.01 },
  { rules: [{ chain: [{ cluster: { clusters: 32, shared: true } }] }] },
  { rules: [{ chain: [{ factorize: { budget: { bitsPerWeight: 6 } } }] }] },
];

/** The files of a model, as the archive calls them, and where they are. */
function filesOf({ path }) {
  if (!statSync(path).isDirectory()) return [['model.onnx', path]];
  const files = walk(path).sort();
  return files.map((file) => [relative(path, file).replaceAll('\\', '/'), file]);
}

const models = (await fetchModels(({ name }) => /ocr-models|vad-web|esrgan-slim/.test(name))).filter(({ name }) =>
  MODELS.includes(name),
);
const cases = models.flatMap((model) => {
  // A budget is for models that are larger than it.
  const fitting = RECIPES.filter((recipe) => model.bytes > 2 * (recipe?.targetBytes ?? 0));
  return fitting.map((recipe) => ({
    title: `${model.name}, ${recipe ? JSON.stringify(recipe) : 'without loss'}`,
    files: filesOf(model),
    options: { effort: 'default', ...(recipe ? { recipe } : {}) },
  }));
});
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Compresses every case by the engine's example; the archives' digests. */
async function natively() {
  const env = { CARGO_TARGET_DIR: targetDir };
  await run('cargo', ['build', '--quiet', '--locked', '-p', 'tensorpress-engine', '--example', 'compress'], {
    cwd: root,
    env,
  });
  const program = join(targetDir, 'debug', 'examples', process.platform === 'win32' ? 'compress.exe' : 'compress');
  const place = (index) => join(scratch, `native-${index}.tpress`);
  const lines = cases.map(({ files, options }, index) => JSON.stringify({ files, options, output: place(index) }));
  const answers = execFileSync(program, { input: `${lines.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 28 });
  return answers
    .trimEnd()
    .split('\n')
    .map((line, index) => JSON.parse(line).error ?? digest(readFileSync(place(index))));
}

/** The same by one build of the package in a process of its own. */
async function packaged(build, workers) {
  const list = join(scratch, 'cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const text = `
    import { createHash } from 'node:crypto';
    import { readFileSync } from 'node:fs';
    const digests = [];
    for (const { files, options } of JSON.parse(readFileSync(${JSON.stringify(list)}, 'utf8'))) {
      const input = files.map(([path, place]) => ({ path, data: readFileSync(place) }));
      const { bytes } = await tensorpress.compress(input, { ...options, workers: ${workers} });
      digests.push(createHash('sha256').update(bytes).digest('hex'));
    }
    await tensorpress.dispose();
    process.stdout.write(JSON.stringify(digests));`;
  const { code, stdout, stderr } = await script(text, { env: { TENSORPRESS_WASM: build } });
  assert.is(code, 0, stderr);
  return JSON.parse(stdout);
}

const expected = await natively();

test('every case gives an archive of its own', () => {
  for (const [index, { title }] of cases.entries()) assert.match(expected[index], /^[0-9a-f]{64}$/, title);
  assert.is(new Set(expected).size, cases.length);
});

for (const build of ['simd', 'base']) {
  for (const workers of [0, 1, 2]) {
    test(`${build}, ${workers} workers: the archives that the engine makes natively`, async () => {
      const found = await packaged(build, workers);
      for (const [index, { title }] of cases.entries()) assert.is(found[index], expected[index], title);
    });
  }
}

test.run();
