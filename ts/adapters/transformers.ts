/**
 * transformers.js: `pipeline(…)` loads compressed models.
 *
 * @packageDocumentation
 */
import { createFetch, type Fetch, type FetchOptions } from './fetch.js';

export { type ArchiveCache, createFetch, type Fetch, type FetchOptions } from './fetch.js';

/** The part of transformers.js's `env` that is set. */
export interface TransformersEnv {
  // transformers.js declares its own looser type; any function that takes what `fetch` takes fits.
  // biome-ignore lint/suspicious/noExplicitAny: as above
  fetch: (input: any, init?: any) => Promise<any>;
}

/**
 * Makes transformers.js (4 or later) look for `<file>.tpress` beside each model file, on the hub or on a server of your
 * own, and load the original where there is none.
 *
 * ```ts
 * import { env, pipeline } from '@huggingface/transformers'
 * import { install } from 'tensorpress/transformers'
 * install(env)
 * const embed = await pipeline('feature-extraction', 'my-org/my-model')
 * ```
 *
 * Returns a function that undoes it.
 */
export function install(env: TransformersEnv, options: FetchOptions = {}): () => void {
  const before = env.fetch;
  const below: Fetch = options.fetch ?? ((input, init) => before(input, init) as Promise<Response>);
  env.fetch = createFetch({ ...options, fetch: below });
  return () => {
    env.fetch = before;
  };
}
