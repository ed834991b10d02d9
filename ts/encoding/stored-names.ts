import { MAX_PATH } from '../container/limits.js';
import { TensorpressError } from '../errors.js';
import type { ByteSource } from '../io/source.js';

/** What no path of an archive may hold (docs/FORMAT.md): backslashes, control characters, a drive's colon; and halves of characters. */
const WRONG = /[\\\p{Cc}\p{Cs}]|(?<=^[a-z]):/giu;
/** The most bytes of UTF-8 that stand for a unit of a string. */
const UNIT = 3;

/** The name as an archive can hold it: the same, or one with `_` for what it cannot. Of a long name the end is kept, which tells the format. */
function storedName(name: string): string {
  const long = new TextEncoder().encode(name).length > MAX_PATH;
  return (long ? `_${name.slice(-Math.floor(MAX_PATH / UNIT))}` : name).replace(WRONG, '_');
}

/**
 * What the files are called in the archive. A file alone is given a name that the archive can hold, for nobody looks for it
 * by its name; among several it would no longer be found by those that refer to it, so there the name is refused.
 */
export function storedNames(sources: ByteSource[]): string[] {
  return sources.map(({ path }) => {
    const name = storedName(path);
    if (name === path || sources.length === 1) return name;
    const shown = JSON.stringify(path);
    throw new TensorpressError('invalid-option', `no archive can hold the name ${shown}: rename it, or leave it out`);
  });
}
