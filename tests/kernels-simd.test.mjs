// The kernels as WebAssembly runs them: with simd128 every vector form gives the bytes of the scalar form, and without
// it the scalar form works on a 32-bit target too. Rust's own tests run natively, where there is no simd128.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inRoot, targetDir } from '../scripts/lib/paths.mjs';
import { run } from '../scripts/lib/run.mjs';
import { WASM_TARGET } from '../scripts/lib/rust.mjs';
import { setup } from '../scripts/setup.mjs';

const SEEDS = 40;
const manifest = inRoot('tests', 'wasm-kernels', 'Cargo.toml');
const env = await setup();

async function load(name, rustflags) {
  // One folder a build: sharing one would rebuild everything whenever the flags change.
  const folder = join(targetDir, `wasm-kernels-${name}`);
  await run(
    'cargo',
    ['build', '--quiet', '--release', '--locked', '--target', WASM_TARGET, '--manifest-path', manifest],
    { env: { ...env, RUSTFLAGS: rustflags, CARGO_TARGET_DIR: folder } },
  );
  const module = readFileSync(join(folder, WASM_TARGET, 'release', 'tensorpress_wasm_kernels_test.wasm'));
  return (await WebAssembly.instantiate(module, {})).instance.exports;
}

for (const [name, rustflags] of [
  ['simd', '-C target-feature=+simd128'],
  ['base', ''],
]) {
  test(`${name}: the kernels give what the scalar code gives`, async () => {
    const kernels = await load(name, rustflags);
    assert.is(kernels.has_simd(), name === 'simd' ? 1 : 0);
    for (let seed = 1n; seed <= SEEDS; seed++) {
      const length = kernels.run(seed);
      const message = new TextDecoder().decode(new Uint8Array(kernels.memory.buffer, kernels.message(), length));
      assert.is(message, '', `seed ${seed}`);
    }
  });
}

test.run();
