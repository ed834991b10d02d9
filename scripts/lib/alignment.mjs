// Says of all accesses to memory that they are aligned to bytes. Compilers say more where they know more; engines make
// nothing of it, for an access must be right and is as fast whatever is said, but it differs from place to place.
import { ALIGNMENT, immediatesOf } from './instructions.mjs';

/** Beyond this the number says more than an alignment. */
const LARGEST = 4;

/** The functions (`{ body, … }`) without alignments. */
export function dropAlignments(functions) {
  return functions.map((each) => {
    const body = Buffer.from(each.body);
    for (const { start, value } of immediatesOf(body, ALIGNMENT)) {
      if (value > LARGEST) throw new Error(`an access of the unknown alignment ${value}`);
      body[start] = 0;
    }
    return { ...each, body };
  });
}
