// Empty projects with the packed package installed, as a user has them.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from '../../scripts/lib/npm.mjs';
import { localCache, root } from '../../scripts/lib/paths.mjs';
import { attempt, run } from '../../scripts/lib/run.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const apps = fileURLToPath(new URL('./apps/', import.meta.url));

/** The bundlers, and what drives the browser. */
const PACKAGES = {
  '@rollup/plugin-node-resolve': '16.0.3',
  '@web/rollup-plugin-import-meta-assets': '2.3.3',
  esbuild: '0.28.2',
  next: '16.4.6',
  'puppeteer-core': '24.43.1',
  react: '19.3.1',
  'react-dom': '19.3.1',
  rollup: '4.68.8',
  vite: '8.3.8',
  webpack: '5.112.2',
  'webpack-cli': '7.3.1',
};

mkdirSync(localCache, { recursive: true });
/** Everything below goes when the process ends. */
export const home = mkdtempSync(join(localCache, 'packaging-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

/** The folder whose node_modules holds the bundlers. */
export const bundlers = await ensurePackages('bundlers', PACKAGES, { NEXT_TELEMETRY_DISABLED: '1' });

/** The package as `npm pack` makes it. What it holds was built before. */
export async function pack() {
  const listed = await run(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', home], { cwd: root });
  return join(home, JSON.parse(listed)[0].filename);
}

/** A copy of one of the projects in `apps`, with what `installed` holds and the package in node_modules. */
export async function project(name, tarball, installed = bundlers) {
  const folder = mkdtempSync(join(home, `${name}-`));
  cpSync(join(apps, name), folder, { recursive: true });
  cpSync(join(apps, 'round-trip.js'), join(folder, 'round-trip.js'));
  await linkPackages(installed, folder);
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  manifest.dependencies.tensorpress = `file:${tarball}`;
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await run(npm, ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: folder,
  });
  return folder;
}

/** The bundlers' files without copying them, where the file system can. */
async function linkPackages(installed, folder) {
  const from = join(installed, 'node_modules');
  const linked = await attempt('cp', ['-al', from, join(folder, 'node_modules')]);
  if (!linked.ok) cpSync(from, join(folder, 'node_modules'), { recursive: true });
  cpSync(join(installed, 'package-lock.json'), join(folder, 'package-lock.json'));
}

/** Runs a program of the project's node_modules. */
export const tool = (folder, name, args) =>
  run(process.execPath, [binOf(folder, name), ...args], {
    cwd: folder,
    env: { NEXT_TELEMETRY_DISABLED: '1' },
    timeout: 300,
  });

/** Path of a package's program. */
export function binOf(folder, name) {
  const home = join(folder, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const path = join(home, typeof bin === 'string' ? bin : bin[name]);
  if (!existsSync(path)) throw new Error(`${name} has no program at ${path}`);
  return path;
}
