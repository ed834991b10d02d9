// Builds the package: two WebAssembly modules (with and without simd128), one that only decodes and one that only
// computes, the bundles and the type declarations.
// Each part is skipped when nothing it is made from has changed. `--wasm` stops after the modules.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dropAlignments } from './lib/alignment.mjs';
import { comlink } from './lib/comlink.mjs';
import { copyWhole, hashOf, makeFolder, readIfThere, walk, writeWhole } from './lib/files.mjs';
import { rearrangeLocals } from './lib/locals.mjs';
import { writeMinified } from './lib/minify.mjs';
import { nameBySimilarity } from './lib/order.mjs';
import { trapPanics } from './lib/panics.mjs';
import { inRoot, localCache, root, targetDir } from './lib/paths.mjs';
import { fail, isMain, run, step } from './lib/run.mjs';
import { blankUnused } from './lib/unused.mjs';
import { functionsOf, withFunctions } from './lib/wasm.mjs';
import { setup } from './setup.mjs';

/** The crate that most modules are made of, and what its output is called. */
const ENGINE = { crate: 'wasm', module: 'tensorpress_wasm' };

/** The modules, what the compiler may use in each, and what they are called in the package. */
const SIMD = { rustflags: ['-C', 'target-feature=+simd128'], simd: true };
const BUILDS = [
  { name: 'simd', ...ENGINE, ...SIMD, shipped: 'tensorpress_simd.wasm' },
  { name: 'base', ...ENGINE, rustflags: [], simd: false, shipped: 'tensorpress.wasm' },
  {
    name: 'decode',
    ...ENGINE,
    ...SIMD,
    // Functions are inlined where that makes code smaller; what is hot asks for it.
    rustflags: [...SIMD.rustflags, '-C', 'llvm-args=-inline-threshold=10'],
    profile: 'decode',
    cargo: ['--no-default-features'],
    inlined: 5,
    glue: 'own',
    shipped: 'tensorpress_decode.wasm',
  },
  {
    name: 'compute',
    crate: 'wasm-compute',
    module: 'tensorpress_wasm_compute',
    ...SIMD,
    inlined: 20,
    glue: 'own',
    shipped: 'tensorpress_compute.wasm',
  },
];

// What Rust's own wasm32 target uses; anything more must be asked for per build.
const WASM_OPT_FLAGS = [
  '-O3',
  '--converge',
  '--enable-bulk-memory',
  '--enable-nontrapping-float-to-int',
  '--enable-sign-ext',
  '--enable-mutable-globals',
  // The lowest kilobyte is the end of the stack, so that no sum of an address and an offset wraps around into it.
  '--low-memory-unused',
  // A hot loop is a function of its own: in a very large one V8 takes its quick register allocator, which spills.
  '--one-caller-inline-max-function-size=100',
];
/** What the compiler left as a function stays one unless it has so few instructions: what is hot was inlined there. */
const INLINED = 10;

const pkg = (...parts) => inRoot('pkg', ...parts);
const dist = (...parts) => inRoot('dist', ...parts);
/** One folder a build: sharing one would rebuild everything whenever the flags change. */
const targetOf = (build) => join(targetDir, `wasm-${build.name}`);
/** Where the linker says what lies where in memory. */
const mapOf = (build) => join(targetOf(build), 'link.map');
const binaryOf = (build) => pkg(build.name, `${build.module}_bg.wasm`);
/** What stands for wasm-bindgen's bindings, of the whole engine and of the module that only decodes. */
const BINDINGS = inRoot('ts', 'wasm', 'bindings.ts');
const DECODE_BINDINGS = inRoot('ts', 'wasm', 'decode-bindings.ts');
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;

/** What rewrites modules, of `scripts/lib`. */
const REWRITERS = [
  'alignment',
  'assignment',
  'instructions',
  'liveness',
  'locals',
  'order',
  'panics',
  'unused',
  'wasm',
].map((name) => `${name}.mjs`);

function wasmSources() {
  return [
    ...walk(inRoot('crates'), ['tests', 'benches', 'target', 'proptest-regressions']),
    inRoot('Cargo.toml'),
    inRoot('Cargo.lock'),
    inRoot('scripts', 'build.mjs'),
    ...REWRITERS.map((name) => inRoot('scripts', 'lib', name)),
  ];
}

/** A module that names its functions, with the same code said in bytes that deflate better. */
const evened = (module) => withFunctions(module, rearrangeLocals(dropAlignments(functionsOf(module))));

const wasmOpt = (flags, input, output) =>
  run(process.execPath, [inRoot('node_modules', 'binaryen', 'bin', 'wasm-opt'), ...flags, input, '-o', output]);

async function optimize(build, input, output) {
  // wasm-opt refuses vectors in a module that does not declare them, but trusts one that does: so what the finished
  // module declares is asked too. The baseline must fail here rather than in the browser that cannot run it.
  const simd = build.simd ? ['--enable-simd', '--disable-relaxed-simd'] : ['--disable-simd', '--disable-relaxed-simd'];
  const inlined = `--flexible-inline-max-function-size=${build.inlined ?? INLINED}`;
  const before = readFileSync(input);
  const named = `${output}.named`;
  writeWhole(named, trapPanics(before));
  const declared = await wasmOpt(
    [...WASM_OPT_FLAGS, inlined, ...simd, '--debuginfo', '--print-features'],
    named,
    named,
  );
  if (declared.split('\n').includes('--enable-simd') !== build.simd) {
    throw new Error(`${build.name}: simd128 is ${build.simd ? 'missing' : 'in the module that must do without'}`);
  }
  const module = evened(readFileSync(named));
  if (blankUnused(module, readFileSync(mapOf(build), 'utf8')) === 0) {
    throw new Error(`${build.name}: the linker's map does not say where panics are.`);
  }
  writeWhole(named, nameBySimilarity(module));
  await wasmOpt(['--reorder-functions-by-name', '--strip-target-features', '--strip-producers'], named, output);
  rmSync(named);
  const after = readFileSync(output);
  if (!WebAssembly.validate(after)) throw new Error(`wasm-opt wrote a module that does not validate: ${output}`);
  return `${kilobytes(before.length)} to ${kilobytes(after.length)}`;
}

async function buildModule(build, env) {
  const next = pkg(`${build.name}.next`);
  rmSync(next, { recursive: true, force: true });
  await makeFolder(next, async (partial) => {
    await run(
      'wasm-pack',
      [
        ...['build', inRoot('crates', build.crate), '--target', 'web'],
        ...(build.profile ? ['--profile', build.profile] : ['--release']),
        ...['--mode', 'no-install', '--no-pack', '--out-dir', partial],
        ...(build.cargo ?? []),
      ],
      {
        env: {
          ...env,
          // Separated by what no path holds.
          CARGO_ENCODED_RUSTFLAGS: [...build.rustflags, '-C', `link-arg=--Map=${mapOf(build)}`].join('\x1f'),
          CARGO_TARGET_DIR: targetOf(build),
        },
      },
    );
    const raw = join(partial, `${build.module}_bg.raw.wasm`);
    const final = join(partial, `${build.module}_bg.wasm`);
    renameSync(final, raw);
    build.sizes = await optimize(build, raw, final);
    rmSync(raw);
    rmSync(join(partial, '.gitignore'), { force: true });
  });
  rmSync(pkg(build.name), { recursive: true, force: true });
  renameSync(next, pkg(build.name));
}

async function buildWasm(env) {
  const compiler = await run('rustc', ['--version'], { env });
  const stamp = hashOf(root, wasmSources(), compiler);
  const complete = BUILDS.every((build) => existsSync(binaryOf(build)));
  if (complete && readIfThere(pkg('.stamp')) === stamp) return;
  rmSync(pkg('.stamp'), { force: true });
  mkdirSync(pkg(), { recursive: true });
  await step('WebAssembly modules built', async () => {
    await Promise.all(BUILDS.map((build) => buildModule(build, env)));
  });
  for (const build of BUILDS) console.log(`    ${build.name}: wasm-opt took it from ${build.sizes}`);
  const shared = BUILDS.filter((build) => build.glue !== 'own');
  const [glue, ...others] = shared.map((build) => readFileSync(pkg(build.name, `${build.module}.js`), 'utf8'));
  if (others.some((other) => other !== glue)) {
    throw new Error('The modules need different glue code, but the bundles hold only one.');
  }
  writeWhole(pkg('.stamp'), stamp);
}

/** Refuses a module that the bindings written for it do not fit: they name its exports, and know its imports by their kinds. */
function checkBindings(name, file) {
  const module = new WebAssembly.Module(readFileSync(binaryOf(BUILDS.find((build) => build.name === name))));
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  const bindings = readFileSync(file, 'utf8');
  const missing = [...bindings.matchAll(/\bwasm\.(\w+)/g)]
    .map(([, name]) => name)
    .filter((name) => !exported.has(name));
  const imported = WebAssembly.Module.imports(module).map(({ name }) => name);
  const unknown = imported.filter((name) => !/_throw_|_Error_|^__wbindgen_init_externref_table$/.test(name));
  if (missing.length + unknown.length === 0) return;
  throw new Error(`${file} does not fit the module: it lacks ${missing}, and imports ${unknown}`);
}

/** Where a bundle runs, and the package condition that leads to it. Node's serves Bun, the browsers' whatever is unknown. */
const NODE = { platform: 'node', target: 'node20' };
const DENO = { ...NODE, target: 'esnext' };
const WEB = { platform: 'browser', target: ['chrome111', 'firefox114', 'safari16.4'], minify: true };
const EDGE = { ...WEB, target: 'es2022' };

/** A script that is no module has no address of its own; what asks for it is not called. */
const SCRIPT = { format: 'iife', logOverride: { 'empty-import-meta': 'silent' } };

/** What connects the package to other libraries; each imports the package by its name, so that it has one engine. */
const ADAPTERS = ['fetch', 'onnxruntime', 'service-worker', 'tfjs', 'transformers'];

/** The workers, which other bundles may hold, and then the bundles: one self-contained file each. */
const BUNDLES = [
  [
    { entry: ['workers', 'node.ts'], output: 'worker.mjs', ...NODE },
    { entry: ['workers', 'browser.ts'], output: 'worker.browser.js', ...WEB },
    { entry: ['workers', 'decode.node.ts'], output: 'worker.decode.mjs', decode: true, ...NODE },
    { entry: ['workers', 'decode.browser.ts'], output: 'worker.decode.browser.js', decode: true, ...WEB },
  ],
  [
    { entry: ['ts', 'entry', 'node.ts'], output: 'index.js', ...NODE },
    { entry: ['ts', 'entry', 'deno.ts'], output: 'index.deno.js', ...DENO },
    { entry: ['ts', 'entry', 'browser.ts'], output: 'index.browser.js', ...WEB },
    { entry: ['ts', 'entry', 'workerd.ts'], output: 'index.workerd.js', ...EDGE },
    { entry: ['ts', 'entry', 'edge-light.ts'], output: 'index.edge-light.js', ...EDGE },
    { entry: ['ts', 'entry', 'inline.ts'], output: 'inline.js', ...NODE },
    { entry: ['ts', 'entry', 'inline.browser.ts'], output: 'inline.browser.js', ...WEB },
    { entry: ['ts', 'entry', 'decode.node.ts'], output: 'decode.js', decode: true, ...NODE },
    { entry: ['ts', 'entry', 'decode.deno.ts'], output: 'decode.deno.js', decode: true, ...DENO },
    { entry: ['ts', 'entry', 'decode.browser.ts'], output: 'decode.browser.js', decode: true, ...WEB },
    { entry: ['ts', 'entry', 'decode.workerd.ts'], output: 'decode.workerd.js', decode: true, ...EDGE },
    { entry: ['ts', 'entry', 'decode.edge-light.ts'], output: 'decode.edge-light.js', decode: true, ...EDGE },
    { entry: ['ts', 'entry', 'compute.node.ts'], output: 'compute.js', ...NODE },
    { entry: ['ts', 'entry', 'compute.deno.ts'], output: 'compute.deno.js', ...DENO },
    { entry: ['ts', 'entry', 'compute.browser.ts'], output: 'compute.browser.js', ...WEB },
    { entry: ['ts', 'entry', 'compute.workerd.ts'], output: 'compute.workerd.js', ...EDGE },
    { entry: ['ts', 'entry', 'compute.edge-light.ts'], output: 'compute.edge-light.js', ...EDGE },
    { entry: ['ts', 'cli', 'main.ts'], output: 'cli.js', program: true, ...NODE },
    { entry: ['workers', 'service-worker.ts'], output: 'service-worker.js', decode: true, ...WEB, ...SCRIPT },
    ...ADAPTERS.map((name) => ({
      entry: ['ts', 'adapters', `${name}.ts`],
      output: `adapters/${name}.js`,
      adapter: true,
      ...WEB,
    })),
  ],
];

/** Puts in what a bundle asks for by `?inline` and `?source`, and the decoder's bindings where nothing else is wanted. */
const assets = (decode) => ({
  name: 'assets',
  setup(esbuild) {
    esbuild.onResolve({ filter: /\.wasm\?inline$/ }, ({ path }) => ({ namespace: 'inline', path: shippedFrom(path) }));
    esbuild.onLoad({ filter: /./, namespace: 'inline' }, ({ path }) => ({
      contents: readFileSync(path),
      loader: 'binary',
    }));
    esbuild.onResolve({ filter: /\.m?js\?source$/ }, ({ path }) => ({
      namespace: 'source',
      path: dist(basename(path, '?source')),
    }));
    esbuild.onLoad({ filter: /./, namespace: 'source' }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n'),
      loader: 'text',
    }));
    esbuild.onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => ({ path, external: true }));
    if (decode) {
      esbuild.onResolve({ filter: /\/bindings\.js$/ }, () => ({ path: DECODE_BINDINGS }));
    }
  },
});

function shippedFrom(path) {
  const build = BUILDS.find(({ shipped }) => shipped === basename(path, '?inline'));
  return binaryOf(build);
}

async function bundle({ entry, output, program, decode, adapter, ...options }) {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    entryPoints: [inRoot(...entry)],
    outfile: dist(output),
    bundle: true,
    format: 'esm',
    sourcemap: true,
    legalComments: 'inline',
    write: options.minify !== true,
    logLevel: 'warning',
    banner: program ? { js: '#!/usr/bin/env node' } : {},
    plugins: [comlink, assets(decode)],
    define: { __FILES__: String(options.platform === 'node'), __ENCODER__: String(!decode) },
    ...(adapter
      ? { external: ['tensorpress/decode'] }
      : { alias: { 'tensorpress/decode': inRoot('ts', 'decode-api.ts') } }),
    ...options,
  });
  if (options.minify) await writeMinified(dist(output), outputFiles);
  if (program) chmodSync(dist(output), 0o755);
}

async function emitTypes() {
  rmSync(dist('types'), { recursive: true, force: true });
  await run(process.execPath, [
    inRoot('node_modules', 'typescript', 'bin', 'tsc'),
    ...[
      '-p',
      root,
      '--noEmit',
      'false',
      '--declaration',
      '--emitDeclarationOnly',
      '--stripInternal',
      '--rootDir',
      root,
      '--outDir',
      dist('types'),
    ],
  ]);
  // tsc copies no .d.ts that it was given, and the declarations name the classes of this module. How it is loaded is
  // nobody's business, and takes types that only browsers have.
  const { name, module } = BUILDS.find((build) => build.name === 'compute');
  const [classes] = readFileSync(pkg(name, `${module}.d.ts`), 'utf8').split('export type InitInput');
  writeWhole(dist('types', 'pkg', name, `${module}.d.ts`), classes);
  const { exports } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  keepReachable(Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [inRoot(types)])));
}

/** Removes the declarations that none of `entries` leads to. */
function keepReachable(entries) {
  const reached = new Set();
  for (const queue = [...entries]; queue.length > 0; ) {
    const file = queue.pop();
    if (reached.has(file)) continue;
    reached.add(file);
    const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?['"](\.[^'"]+)\.js['"]/g);
    for (const [, path] of imports) queue.push(join(dirname(file), `${path}.d.ts`));
  }
  for (const file of walk(dist('types'))) if (!reached.has(file)) rmSync(file);
}

/** What changes what bundles hold, of `scripts/lib`. */
const BUNDLERS = ['comlink.mjs', 'minify.mjs'];

async function buildPackage() {
  const sources = [...walk(inRoot('ts')), ...walk(inRoot('workers'))];
  const settings = ['package.json', 'package-lock.json', 'tsconfig.json', join('pkg', '.stamp')].map((name) =>
    inRoot(name),
  );
  const scripts = [inRoot('scripts', 'build.mjs'), ...BUNDLERS.map((name) => inRoot('scripts', 'lib', name))];
  const stamp = hashOf(root, [...sources, ...settings, ...scripts]);
  const stampFile = join(localCache, 'stamps', 'dist');
  const outputs = [...BUNDLES.flat().map((item) => item.output), ...BUILDS.map((build) => build.shipped), 'types'];
  if (outputs.every((name) => existsSync(dist(name))) && readIfThere(stampFile) === stamp) return;
  rmSync(stampFile, { force: true });
  checkBindings('simd', BINDINGS);
  checkBindings('decode', DECODE_BINDINGS);
  await step('package bundled', async () => {
    for (const bundles of BUNDLES) await Promise.all(bundles.map(bundle));
    for (const build of BUILDS) copyWhole(binaryOf(build), dist(build.shipped));
    await emitTypes();
  });
  writeWhole(stampFile, stamp);
}

/** Builds what is out of date; `env` is what `setup` gave. */
export async function build(env, { wasmOnly = false } = {}) {
  await buildWasm(env);
  if (!wasmOnly) await buildPackage();
}

if (isMain(import.meta.url)) {
  try {
    const env = await setup();
    await build(env, { wasmOnly: process.argv.includes('--wasm') });
  } catch (error) {
    fail(error);
  }
}
