/** What tests need beyond the package's surface. Not exported by the package. */

export { jobsOf, openContainer, paramsOf } from './container/archive.js';
export * from './entry/node.js';
export { hooks } from './hooks.js';
export { Pool } from './pool.js';
export { Codec, hash64, inflate, ready, view } from './wasm.js';
