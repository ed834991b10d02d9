// Apart from instance.ts, so that programs which only decode do without.
export type { Compressor } from './bindings.js';
export { Planner } from './bindings.js';
