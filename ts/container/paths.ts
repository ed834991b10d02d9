import { corrupt, demand } from './faults.js';
import { MAX_PATH } from './limits.js';

/** A backslash or control character; a drive letter; a component that is empty, `.` or `..`. */
const WRONG = /[\\\p{Cc}]|^[a-z]:|(^|\/)\.{0,2}(\/|$)/iu;

/**
 * Checks all paths of a set, for whoever unpacks an archive joins them to a folder: each by itself, no path twice, and no
 * file that is also a folder of another.
 */
export function checkPaths(paths: string[]): void {
  for (const path of paths) {
    demand(
      !WRONG.test(path) && new TextEncoder().encode(path).length <= MAX_PATH,
      'plan',
      `path ${JSON.stringify(path)}`,
    );
  }
  // With the lowest of all characters between components a folder's content comes directly behind its name.
  const sorted = paths.map((path) => `${path.replaceAll('/', '\0')}\0`).sort();
  for (const [index, path] of sorted.entries()) {
    if (sorted[index + 1]?.startsWith(path)) throw corrupt('plan', { twice: path.split('\0').join('/') });
  }
}
