/** What tests need beyond the package's surface. Not exported by the package. */

export { jobsOf, openContainer, paramsOf } from './container/archive.js';
export { hooks } from './encoding/hooks.js';
export * from './entry/node.js';
export { Pool } from './jobs/pool.js';
export { Codec, hash64, inflate, ready, view } from './wasm/instance.js';
