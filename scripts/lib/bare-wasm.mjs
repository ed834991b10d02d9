// Crates outside the workspace that become WebAssembly modules without glue: numbers in, numbers out.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, targetDir } from './paths.mjs';
import { run } from './run.mjs';
import { WASM_TARGET } from './rust.mjs';

/** What the compiler may use in each of the two builds. */
export const BARE_BUILDS = { simd: '-C target-feature=+simd128', base: '' };

/**
 * Builds the crate in `folder`, whose library is called `library`, with or without simd128, and gives the exports of an
 * instance. `env` is what `setup` gave.
 */
export async function bareModule(env, folder, library, build) {
  // One folder a build: sharing one would rebuild everything whenever the flags change.
  const target = join(targetDir, `${library}-${build}`);
  const manifest = inRoot(...folder, 'Cargo.toml');
  await run(
    'cargo',
    ['build', '--quiet', '--release', '--locked', '--target', WASM_TARGET, '--manifest-path', manifest],
    { env: { ...env, RUSTFLAGS: BARE_BUILDS[build], CARGO_TARGET_DIR: target } },
  );
  const module = readFileSync(join(target, WASM_TARGET, 'release', `${library}.wasm`));
  return (await WebAssembly.instantiate(module, {})).instance.exports;
}
