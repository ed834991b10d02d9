import type { Claim, EncodeGroup } from '../generated/engine.js';

/** Where tests can damage what the engine says, to see that it is noticed. */
export const hooks: {
  /** Called with what the engine claims about the files, before it is checked. */
  claimed?: ((claims: Claim[]) => void) | undefined;
  /** Called with the jobs of the archive, in each attempt to compress. */
  planned?: ((groups: EncodeGroup[]) => void) | undefined;
} = {};
