// Each kernel with vectors against the build without, and the products with quantized weights against fp32 of the same shape.
// Both builds take turns, so that what disturbs one disturbs the other.
import { bareModule } from '../lib/bare-wasm.mjs';
import { table } from '../lib/format.mjs';
import { compileForGood, processorTime } from './timing.mjs';

const FOLDER = ['scripts', 'bench', 'wasm-kernels'];
const LIBRARY = 'tensorpress_wasm_kernels_bench';
/** Values in a run: 1 MiB of fp32, which stays in a second-level cache. */
const RUN = { rows: 512, columns: 512 };
/** A matrix that fits a cache, and one that no cache holds as fp32. */
const SHAPES = [
  { rows: 512, columns: 512 },
  { rows: 4096, columns: 4096 },
];
/** What one measurement takes at the least, so that the clock's steps do not count. */
const MEASURE_SECONDS = 0.01;

function nameOf(module, index) {
  const length = module.name_len(index);
  return new TextDecoder().decode(new Uint8Array(module.memory.buffer, module.name(), length));
}

/** Seconds of one run, measured over as many as the clock needs. */
function timed(module, repeats) {
  const started = processorTime();
  for (let i = 0; i < repeats; i += 1) module.run();
  return (processorTime() - started) / repeats;
}

/** The shortest time of one run in each build, in seconds. */
function race(builds, index, { rows, columns }, times) {
  for (const module of builds) module.prepare(index, rows, columns);
  const repeats = builds.map((module) => {
    timed(module, 2);
    const once = Math.max(timed(module, 3), 1e-6);
    return Math.max(1, Math.ceil(MEASURE_SECONDS / once));
  });
  const best = builds.map(() => Number.POSITIVE_INFINITY);
  for (let i = 0; i < times; i += 1) {
    builds.forEach((module, at) => {
      best[at] = Math.min(best[at], timed(module, repeats[at]));
    });
  }
  return best;
}

function transforms(builds, times) {
  const count = builds[0].transforms();
  const values = RUN.rows * RUN.columns;
  const results = [];
  for (let index = 0; index < count; index += 1) {
    const [simd, base] = race(builds, index, RUN, times);
    results.push({ name: nameOf(builds[0], index), simd: values / 1e9 / simd, base: values / 1e9 / base });
  }
  console.log(`\nkernels on a run of ${values} values, billions of values a second`);
  const rows = results.map(({ name, simd, base }) => [
    name,
    simd.toFixed(2),
    base.toFixed(2),
    (simd / base).toFixed(2),
  ]);
  console.log(table(['', 'simd128', 'scalar', 'times'], rows));
  return results;
}

function products(builds, shape, times) {
  const results = [];
  for (let index = builds[0].transforms(); index < builds[0].cases(); index += 1) {
    const [simd, base] = race(builds, index, shape, times);
    results.push({ name: nameOf(builds[0], index), simd, base });
  }
  const reference = (name) => {
    const wanted = name.endsWith('32 vectors') ? 'fp32, 32 vectors' : 'fp32';
    return results.find((result) => result.name === wanted);
  };
  console.log(`\nproducts with a matrix of ${shape.rows} x ${shape.columns}, milliseconds`);
  const rows = results.map(({ name, simd, base }) => [
    name,
    (simd * 1000).toFixed(3),
    (base * 1000).toFixed(3),
    (base / simd).toFixed(2),
    (reference(name).simd / simd).toFixed(2),
  ]);
  console.log(table(['', 'simd128', 'scalar', 'simd128 is x', 'fp32 with simd128 takes x'], rows));
  return { ...shape, results };
}

/** Prints a table of the kernels on runs of values, and one a shape of the products. */
export async function measure({ times, env }) {
  compileForGood();
  const builds = [await bareModule(env, FOLDER, LIBRARY, 'simd'), await bareModule(env, FOLDER, LIBRARY, 'base')];
  return { transforms: transforms(builds, times), products: SHAPES.map((shape) => products(builds, shape, times)) };
}
