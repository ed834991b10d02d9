// npm packages that only some tests and benchmarks need, too large for everybody's node_modules: kept in the user's
// cache, one folder a set of exact versions.
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeFolder } from './files.mjs';
import { userCache } from './paths.mjs';
import { run, step } from './run.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Installs `packages` (name to exact version) unless they are there; gives the folder that holds node_modules. */
export async function ensurePackages(title, packages, env = {}) {
  const manifest = { private: true, type: 'module', dependencies: packages };
  const key = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 12);
  const folder = join(userCache, `npm-${title}-${key}`);
  if (existsSync(folder)) return folder;
  const names = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  await step(`${names.join(', ')} installed into ${folder}`, () =>
    makeFolder(folder, async (partial) => {
      writeFileSync(join(partial, 'package.json'), JSON.stringify(manifest));
      await run(npm, ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: partial, env });
    }),
  );
  return folder;
}

/** Loads a package of such a folder. */
export async function importFrom(folder, name) {
  const require = createRequire(join(folder, 'package.json'));
  try {
    return require(name);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error;
    return import(pathToFileURL(require.resolve(name)).href);
  }
}
