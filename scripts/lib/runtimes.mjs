// The runtimes that the tests run in: those of npm go into the user's cache, browsers come from Debian.
//
// None of it is a dependency of the project itself: together they take more than half a gigabyte, and whoever builds,
// benchmarks or publishes needs none of them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages } from './npm.mjs';
import { attempt } from './run.mjs';
import { installDebian, isDebianRoot } from './rust.mjs';

/** Platforms for which npm has a newer Node. */
const NODES = ['linux-x64', 'linux-arm64'];
const here = `${process.platform}-${process.arch}`;

const PACKAGES = {
  '@arethetypeswrong/cli': '0.18.5',
  bun: '1.4.5',
  deno: '2.9.6',
  'edge-runtime': '4.0.1',
  ...(NODES.includes(here) ? { [`node-${here}`]: '24.21.0' } : {}),
  publint: '0.3.25',
  'puppeteer-core': '24.43.1',
  'selenium-webdriver': '4.46.0',
  workerd: '1.20261117.1',
};

/** Installs the runtimes and what drives and checks them; gives the folder. */
export function ensureRuntimes() {
  // Their scripts only move programs about or download what npm did not bring.
  return ensurePackages('runtimes', PACKAGES, { npm_config_ignore_scripts: 'true' });
}

/** How Chromium starts as root without a screen, and leaves the network alone. */
export const CHROMIUM_FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];

/** Installs browsers where that is possible; gives why not where it is not. */
export async function ensureBrowser(program, packages) {
  if (existsSync(program)) return undefined;
  if (!(await isDebianRoot())) return `${program} is not there, and only root of a Debian can install it`;
  try {
    await installDebian(packages);
  } catch (error) {
    return `Debian cannot install ${packages.join(' ')}: ${error.message.split('\n')[0]}`;
  }
  return existsSync(program) ? undefined : `${packages.join(' ')} did not bring ${program}`;
}

/** Where npm has put the programs of a package for this platform: the first that runs. */
export async function findProgram(folder, scope, name) {
  const parent = join(folder, 'node_modules', scope);
  if (!existsSync(parent)) return undefined;
  for (const own of readdirSync(parent)) {
    for (const path of [join(parent, own, 'bin', name), join(parent, own, name)]) {
      if (existsSync(path) && (await attempt(path, ['--version'], { timeout: 60 })).ok) return path;
    }
  }
  return undefined;
}
