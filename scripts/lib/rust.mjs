// The Rust side of set-up: a compiler that can build for wasm32, and the wasm tools.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { makeFolder } from './files.mjs';
import { inRoot, userCache } from './paths.mjs';
import { attempt, run, step } from './run.mjs';

export const WASM_TARGET = 'wasm32-unknown-unknown';
export const DEBIAN_TOOLCHAIN = 'debian';

/** Crate to install, folder name in the cache, and the version; wasm-bindgen's must equal the one in Cargo.lock. */
export const TOOLS = [
  // Without what its runner of tests downloads drivers with.
  { crate: 'wasm-bindgen-cli', name: 'wasm-bindgen', version: '0.2.129', flags: ['--no-default-features'] },
  { crate: 'wasm-pack', name: 'wasm-pack', version: '0.15.1', flags: [] },
];

/** The tools run for a second or two in a build: compiling them without optimization takes half the time. */
const UNOPTIMIZED = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '0',
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '256',
};

const DEBIAN_PACKAGES = ['rustc-web', 'rust-web-src', 'cargo-web', 'rust-web-llvm', 'lld-22'];
const DEBIAN_LINTERS = ['rustfmt-web', 'rust-web-clippy'];

/** Set-up cannot go on; the message says what the reader can do. */
export class SetupError extends Error {
  name = 'SetupError';
}

const exe = process.platform === 'win32' ? '.exe' : '';
const toolFolder = ({ name, version }) => join(userCache, `tools-${name}-${version}`);
const toolPath = (tool) => join(toolFolder(tool), 'bin', `${tool.name}${exe}`);

/** PATH with the wasm tools and the npm packages' programs in front. */
export function toolEnv(extra = {}) {
  const folders = [...TOOLS.map((tool) => join(toolFolder(tool), 'bin')), inRoot('node_modules', '.bin')];
  return { PATH: [...folders, process.env.PATH].join(delimiter), ...extra };
}

const works = async (command, args, options) => (await attempt(command, args, options)).ok;

/** Whether this compiler has a wasm32 standard library, not merely the code generator. */
async function hasWasmTarget(command, env = {}) {
  const found = await attempt(command, ['--print', 'target-libdir', '--target', WASM_TARGET], { env });
  const folder = found.stdout.trim();
  return found.ok && existsSync(folder) && readdirSync(folder).some((file) => /^libstd-.*\.rlib$/.test(file));
}

export const isDebianRoot = async () =>
  process.getuid?.() === 0 && existsSync('/etc/debian_version') && works('apt-get', ['--version']);

const apt = (args) => run('apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' } });

/** Builds the standard library for wasm32 from Debian's sources and puts it into Debian's compiler. */
async function buildDebianStd() {
  const sources = readdirSync('/usr/src')
    .filter((name) => /^rustc-/.test(name))
    .map((name) => join('/usr/src', name, 'library'))
    .filter((path) => existsSync(join(path, 'vendor')))
    .sort();
  const library = sources.at(-1);
  if (!library) throw new SetupError('rust-web-src is installed, but /usr/src/rustc-*/library/vendor is not there.');
  const crate = mkdtempSync(join(tmpdir(), 'tensorpress-std-'));
  try {
    mkdirSync(join(crate, 'src'));
    writeFileSync(join(crate, 'src', 'lib.rs'), '#![no_std]\n');
    writeFileSync(
      join(crate, 'Cargo.toml'),
      '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[profile.release]\npanic = "abort"\n',
    );
    const config = [
      ['source.crates-io.replace-with="vendored"'],
      [`source.vendored.directory="${join(library, 'vendor')}"`],
    ].flatMap(([setting]) => ['--config', setting]);
    await run(
      '/usr/bin/cargo',
      ['build', '--release', '--offline', '-Z', 'build-std=std,panic_abort', '--target', WASM_TARGET, ...config],
      {
        cwd: crate,
        // embed-bitcode: without it a later fat link-time optimisation finds no bitcode in std.
        env: {
          RUSTFLAGS: '-C embed-bitcode=yes',
          RUSTC: '/usr/bin/rustc',
          RUSTC_BOOTSTRAP: '1',
          CARGO_TARGET_DIR: join(crate, 'target'),
        },
      },
    );
    const built = join(crate, 'target', WASM_TARGET, 'release', 'deps');
    const sysroot = (await run('/usr/bin/rustc', ['--print', 'sysroot'])).trim();
    const destination = join(sysroot, 'lib', 'rustlib', WASM_TARGET, 'lib');
    rmSync(destination, { recursive: true, force: true });
    await makeFolder(destination, (partial) => {
      for (const file of readdirSync(built)) {
        if (/^lib.*\.rlib$/.test(file) && !file.startsWith('libempty')) cpSync(join(built, file), join(partial, file));
      }
    });
  } finally {
    rmSync(crate, { recursive: true, force: true });
  }
}

export async function installDebian(packages) {
  const missing = [];
  for (const name of packages) {
    const state = await attempt('dpkg-query', ['--status', name]);
    if (!state.stdout.includes('Status: install ok installed')) missing.push(name);
  }
  if (missing.length === 0) return;
  await step(`Debian packages installed: ${missing.join(' ')}`, async () => {
    await apt(['update', '-q']);
    await apt(['install', '-y', '-q', '--no-install-recommends', ...missing]);
  });
}

function bothWaysOut(reason) {
  return new SetupError(
    [
      `Rust cannot build for ${WASM_TARGET} here: ${reason}`,
      'Two ways out:',
      `  1. With rustup on a machine that reaches its downloads: rustup target add ${WASM_TARGET}`,
      '  2. On Debian 12 or later, run this again as root: it installs',
      `     ${DEBIAN_PACKAGES.join(' ')}`,
      "     and builds Rust's standard library for WebAssembly from Debian's sources (about two minutes).",
      'Using the published npm package needs neither: only building it does.',
    ].join('\n'),
  );
}

/** The line of a program's output that says why it failed: a backtrace may follow it. */
function reasonIn(output) {
  const lines = output.trim().split('\n');
  return (lines.find((line) => line.startsWith('error:')) ?? lines.at(-1)).replace(/^error: /, '');
}

/**
 * Finds or makes a compiler for wasm32. Gives the environment that selects it for the wasm builds:
 * empty for the default toolchain, `RUSTUP_TOOLCHAIN` where Debian's stands in beside rustup.
 */
export async function ensureWasmTarget() {
  if (await hasWasmTarget('rustc')) return {};
  const rustup = await works('rustup', ['--version']);
  const viaRustup = { RUSTUP_TOOLCHAIN: DEBIAN_TOOLCHAIN };
  if (rustup && (await hasWasmTarget('rustc', viaRustup))) return viaRustup;

  let reason = 'neither rustup nor a rustc with that target was found.';
  if (rustup) {
    const started = performance.now();
    // Where the downloads are out of reach rustup may hang rather than fail.
    const added = await attempt('rustup', ['target', 'add', WASM_TARGET], { timeout: 30 });
    if (added.ok && (await hasWasmTarget('rustc'))) {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`  rustup target ${WASM_TARGET} added to the default toolchain (${seconds} s)`);
      return {};
    }
    reason = `rustup target add ${added.timedOut ? 'did not finish within 30 s' : `failed: ${reasonIn(added.output)}`}.`;
    console.log(`  ${reason} Trying Debian's compiler.`);
  }
  if (!(await isDebianRoot())) throw bothWaysOut(reason);
  try {
    await installDebian(rustup ? DEBIAN_PACKAGES : [...DEBIAN_PACKAGES, ...DEBIAN_LINTERS]);
  } catch (error) {
    throw bothWaysOut(`${reason}\nDebian's packages could not be installed either: ${error.message}`);
  }
  if (!(await hasWasmTarget('/usr/bin/rustc'))) {
    await step("standard library for WebAssembly built into Debian's compiler", buildDebianStd);
  }
  if (!rustup) return {};
  await step(`rustup toolchain '${DEBIAN_TOOLCHAIN}' linked to /usr`, () =>
    run('rustup', ['toolchain', 'link', DEBIAN_TOOLCHAIN, '/usr']),
  );
  return viaRustup;
}

/** Installs a wasm tool from crates.io into the cache, complete or not at all. */
export async function ensureTool(tool) {
  if (existsSync(toolPath(tool))) return;
  await step(`${tool.crate} ${tool.version} built into ${toolFolder(tool)}`, () =>
    makeFolder(toolFolder(tool), (partial) =>
      run(
        'cargo',
        [
          ...['install', tool.crate, '--version', tool.version, '--locked', ...tool.flags],
          ...['--bin', tool.name, '--no-track', '--root', partial],
        ],
        {
          // Not the checkout's target folder, and outside the workspace: another Cargo.toml must not matter.
          cwd: tmpdir(),
          env: { ...UNOPTIMIZED, CARGO_TARGET_DIR: join(partial, 'target') },
        },
      ).then(() => rmSync(join(partial, 'target'), { recursive: true, force: true })),
    ),
  );
}

/** The formatter and the linter, which a minimal Rust installation leaves out. */
export async function ensureLinters() {
  const present = async () =>
    (await works('cargo', ['fmt', '--version'])) && (await works('cargo', ['clippy', '--version']));
  if (await present()) return;
  if (await works('rustup', ['--version'])) {
    await step('rustfmt and clippy added to the default toolchain', () =>
      run('rustup', ['component', 'add', 'rustfmt', 'clippy'], { timeout: 120 }),
    );
  } else if (await isDebianRoot()) {
    await installDebian(DEBIAN_LINTERS);
  }
  if (!(await present())) {
    throw new SetupError(
      `The tests lint the Rust code: install rustfmt and clippy (rustup component add rustfmt clippy, or Debian's ${DEBIAN_LINTERS.join(' and ')}).`,
    );
  }
}
