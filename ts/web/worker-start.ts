/** The first message to a worker of a browser. */
export interface WebWorkerStart {
  module: WebAssembly.Module;
  /** Name of a lock that the worker holds as long as it lives. */
  lock: string;
}

/** What a worker says once it holds its lock. */
export const HELD = 'tensorpress: held';
