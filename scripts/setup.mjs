// Makes a fresh machine able to build: npm packages, a Rust that targets wasm32, the wasm tools.
// Idempotent, and quiet when there is nothing to do. Needs Node alone to start.
import { existsSync, readFileSync } from 'node:fs';
import { readIfThere } from './lib/files.mjs';
import { inRoot } from './lib/paths.mjs';
import { attempt, fail, isMain, run, step } from './lib/run.mjs';
import { ensureTool, ensureWasmTarget, SetupError, TOOLS, toolEnv } from './lib/rust.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Whether node_modules holds what the lock file names. npm writes its own list last, so a broken install has none. */
export function packagesAreCurrent(lockText, installedText) {
  if (!installedText) return false;
  const installed = JSON.parse(installedText).packages;
  return Object.entries(JSON.parse(lockText).packages).every(([path, wanted]) => {
    if (path === '') return true;
    // Programs for other platforms are in the lock file and rightly not installed.
    if (!installed[path]) return wanted.optional === true;
    return installed[path].version === wanted.version && installed[path].integrity === wanted.integrity;
  });
}

async function ensurePackages() {
  const lock = readFileSync(inRoot('package-lock.json'), 'utf8');
  const installed = readIfThere(inRoot('node_modules', '.package-lock.json'));
  if (packagesAreCurrent(lock, installed)) return;
  await step('npm packages installed', () => run(npm, ['ci', '--no-audit', '--no-fund']));
}

async function checkVersions() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new SetupError(`Node ${process.versions.node} is too old: 20 or later is needed.`);
  const lock = readIfThere(inRoot('Cargo.lock'));
  const locked = lock.match(/name = "wasm-bindgen"\nversion = "([^"]+)"/)?.[1];
  const wanted = TOOLS.find((tool) => tool.name === 'wasm-bindgen').version;
  if (locked && locked !== wanted) {
    throw new SetupError(
      `Cargo.lock has wasm-bindgen ${locked}, but its command-line tool is pinned to ${wanted} in scripts/lib/rust.mjs: the two must be equal.`,
    );
  }
}

/** Brings the machine into shape and gives the environment the wasm build needs. */
export async function setup() {
  await checkVersions();
  await ensurePackages();
  const toolchain = await ensureWasmTarget();
  if (!(await attempt('cargo', ['--version'])).ok) {
    throw new SetupError('cargo was not found. Install Rust with rustup, or run this as root on Debian 12 or later.');
  }
  for (const tool of TOOLS) await ensureTool(tool);
  if (!existsSync(inRoot('node_modules', 'binaryen', 'bin', 'wasm-opt'))) {
    throw new SetupError(
      "wasm-opt is not in node_modules though binaryen is a dependency: delete node_modules and run 'npm run setup'.",
    );
  }
  return toolEnv(toolchain);
}

if (isMain(import.meta.url)) {
  try {
    await setup();
  } catch (error) {
    fail(error);
  }
}
