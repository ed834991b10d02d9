// The package as users get it: packed, and installed beside the programs that use it.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inRoot, localCache } from '../../scripts/lib/paths.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { makeFixtures } from './fixtures.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const here = fileURLToPath(new URL('.', import.meta.url));

/** Makes a folder with the package, the programs of the tests and what they read. */
export async function makeSite() {
  mkdirSync(localCache, { recursive: true });
  const folder = mkdtempSync(join(localCache, 'test-runtimes-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  await run(npm, ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: inRoot() });
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
  const home = join(folder, 'node_modules', 'tensorpress');
  mkdirSync(home, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', home, '--strip-components', '1']);
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ type: 'module', dependencies: { tensorpress: manifest.version } }),
  );
  // Its own, so that no program follows the paths that the project's maps to sources.
  writeFileSync(join(folder, 'tsconfig.json'), '{}');
  for (const name of readdirSync(join(here, 'programs'))) cpSync(join(here, 'programs', name), join(folder, name));
  cpSync(join(here, 'suite.mjs'), join(folder, 'suite.mjs'));
  // The recipes of runtimes, beside the package as their readers have them.
  cpSync(inRoot('examples', 'runtimes'), folder, { recursive: true });

  /** The file that an import of the package leads to under a condition. */
  const exported = (subpath, condition) => {
    const conditions = manifest.exports[subpath];
    const found = typeof conditions === 'string' ? conditions : (conditions[condition] ?? conditions.default);
    const path = join(home, found);
    if (!existsSync(path)) throw new Error(`exports['${subpath}'].${condition} names ${found}, which is not there`);
    return path;
  };
  const tensorpress = await import(pathToFileURL(exported('.', 'node')).href);
  const fixtures = join(folder, 'fixtures');
  await makeFixtures(fixtures, tensorpress);
  // What the recipes download.
  cpSync(join(fixtures, 'large.tpress'), join(folder, 'model.tpress'));
  const large = join(fixtures, 'large.safetensors');
  const recipe = { name: basename(large), size: statSync(large).size };
  const example = await makeExample(join(folder, 'example'), home, tensorpress);
  return { folder, home, tarball, fixtures, exported, manifest, recipe, example };
}

/** The example of a service worker as its readers put it together, with a model in compressed form; that one's hash. */
async function makeExample(folder, home, tensorpress) {
  cpSync(inRoot('examples', 'service-worker'), folder, { recursive: true });
  cpSync(join(home, 'dist', 'service-worker.js'), join(folder, 'service-worker.js'));
  const model = new Uint8Array(Float32Array.from({ length: 400_000 }, (_, i) => Math.sin(i * 7.31) ** 3).buffer);
  await tensorpress.compress(model, { output: { path: join(folder, 'model.onnx.tpress') } });
  return { hash: createHash('sha256').update(model).digest('hex') };
}
