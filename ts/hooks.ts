import type { EncodeJob } from './generated/engine.js';

/** Where tests can damage what the engine says, to see that it is noticed. */
export const hooks: {
  /** Called with the jobs of each attempt to compress, before they are checked. */
  planned?: ((jobs: EncodeJob[]) => void) | undefined;
  /** The same, after they were checked. */
  checked?: ((jobs: EncodeJob[]) => void) | undefined;
} = {};
