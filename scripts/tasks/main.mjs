// What models still can after lossy compression: each is compressed, decompressed and set to its task. Used by a test
// and by `npm run bench -- tasks`.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { walk } from '../lib/files.mjs';
import { fetchModels } from '../models.mjs';
import { embeddingsTask } from './embeddings.mjs';
import { minilmFolder } from './minilm.mjs';
import { ocrTask } from './ocr.mjs';
import { upscaleTask } from './upscale.mjs';
import { vadTask } from './vad.mjs';

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** A model of one file, whose bytes are scored. */
const single = (title, bytes, score) => ({
  title,
  files: [{ path: 'model.onnx', bytes }],
  score: ([file]) => score(file.bytes),
});

/**
 * Each task: title, the model's files, and what scores a model's files (an object of numbers). One is absent where Python
 * is.
 */
export async function prepareTasks() {
  const models = await fetchModels(({ name }) => /ocr-models|vad-web|esrgan-thick/.test(name));
  const named = (name) => models.find((model) => model.name === name);
  const tasks = [];

  const reader = named('PP-OCRv4 rec');
  const read = await ocrTask(reader);
  tasks.push(
    single('PP-OCRv4 rec', readFileSync(reader.path), async (bytes) => ({ 'characters read': await read(bytes) })),
  );

  const detector = readFileSync(named('Silero VAD v5').path);
  const hear = await vadTask(detector);
  tasks.push(
    single('Silero VAD v5', detector, async (bytes) => {
      const { same, difference } = await hear(bytes);
      return { 'windows decided alike': same, 'mean difference': difference };
    }),
  );

  const upscaler = named('ESRGAN-thick x2').path;
  const files = walk(upscaler).map((path) => ({ path: relative(upscaler, path), bytes: readFileSync(path) }));
  const picture = join(dirname(dirname(upscaler)), 'assets', 'fixture.png');
  tasks.push({ title: 'ESRGAN-thick x2', files, score: await upscaleTask(picture, files) });

  const folder = await minilmFolder();
  if (folder) {
    const bytes = readFileSync(join(folder, 'onnx', 'model.onnx'));
    const [tokenizer, settings] = ['tokenizer.json', 'tokenizer_config.json'].map((name) => json(join(folder, name)));
    const embed = await embeddingsTask(tokenizer, settings, bytes);
    tasks.push(
      single('MiniLM-L6-v2', bytes, async (changed) => {
        const { mean, least, change } = await embed(changed);
        return { 'mean cosine': mean, 'least cosine': least, 'largest change of a similarity': change };
      }),
    );
  }
  return tasks;
}

/** Bytes of a task's model. */
export const sizeOf = ({ files }) => files.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** What is not a preset: a budget of an eighth of the model's bytes. */
export const EIGHTH = 'an eighth';

/** The options of `compress` for a preset, or for that budget. */
export const optionsOf = (task, name) =>
  name === EIGHTH ? { targetBytes: Math.floor(sizeOf(task) / 8) } : { preset: name };

/** Compresses a task's model by options of `compress`; the archive's size, its report and the score of what comes back. */
export async function runTask(library, task, options) {
  const input = task.files.map(({ path, bytes }) => ({ path, data: bytes }));
  const { bytes, report } = await library.compress(input, options);
  return { size: bytes.length, report, score: await task.score(await library.decompress(bytes)) };
}
