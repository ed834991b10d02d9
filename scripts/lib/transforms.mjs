// Chains of transforms, applied to weights in a WebAssembly module without glue: for a test and for the benchmark.
import { bareModule } from './bare-wasm.mjs';

/** The crate, outside the workspace; as a program it does the same natively. */
export const TRANSFORMS = ['tests', 'transforms'];

/** Gives a function that applies a task to weights: see tests/transforms/src/run.rs. `build` is `simd` or `base`. */
export async function transformer(env, build) {
  const module = await bareModule(env, TRANSFORMS, 'tensorpress_transforms_test', build);
  const view = (pointer, length) => new Uint8Array(module.memory.buffer, pointer, length);
  return (task, weights) => {
    const header = new TextEncoder().encode(JSON.stringify(task));
    const length = header.length + weights.byteLength;
    const input = view(module.input(length), length);
    input.set(header);
    input.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength), header.length);
    const started = process.cpuUsage();
    const found = module.apply(header.length);
    const { user, system } = process.cpuUsage(started);
    const text = new TextDecoder().decode(view(module.report(), Math.abs(found)));
    if (found < 0) throw new Error(text);
    return { ...JSON.parse(text), seconds: (user + system) / 1e6 };
  };
}
