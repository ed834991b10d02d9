// The kernels as WebAssembly runs them: with simd128 every vector form gives the bytes of the scalar form, and without
// it the scalar form works on a 32-bit target too. Rust's own tests run natively, where there is no simd128.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BARE_BUILDS, bareModule } from '../scripts/lib/bare-wasm.mjs';
import { setup } from '../scripts/setup.mjs';

const SEEDS = 40;
const env = await setup();

for (const name of Object.keys(BARE_BUILDS)) {
  test(`${name}: the kernels give what the scalar code gives`, async () => {
    const kernels = await bareModule(env, ['tests', 'wasm-kernels'], 'tensorpress_wasm_kernels_test', name);
    assert.is(kernels.has_simd(), name === 'simd' ? 1 : 0);
    for (let seed = 1n; seed <= SEEDS; seed++) {
      const length = kernels.run(seed);
      const message = new TextDecoder().decode(new Uint8Array(kernels.memory.buffer, kernels.message(), length));
      assert.is(message, '', `seed ${seed}`);
    }
  });
}

test.run();
