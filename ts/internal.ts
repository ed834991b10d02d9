/** What benchmarks and tests need beyond the package's surface. Not exported by the package. */

export { planSources } from './compress.js';
export { jobsOf, openContainer, paramsOf } from './container/archive.js';
export { openExecutor } from './engine.js';
export * from './entry/node.js';
export type { Claim, DecodeJob, EncodeGroup, Plan } from './generated/engine.js';
export { hooks } from './hooks.js';
export { loadInput, outputOf } from './local.js';
export { removeStale, temporaryBeside } from './node/temporary.js';
export { disposeSharedPool, Pool, sharedPool } from './pool.js';
export { hasSimd } from './simd.js';
export { memorySource } from './source.js';
export { Codec, compiledModule, Digest, hash64, inflate, ready, view } from './wasm.js';
export { Planner } from './wasm-encode.js';
