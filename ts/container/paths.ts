import { MAX_PATH } from './limits.js';

/** What is wrong with a path, if anything is: whoever unpacks an archive joins it to a folder. */
function fault(path: string): string | undefined {
  if (new TextEncoder().encode(path).length > MAX_PATH) return `has more than ${MAX_PATH} bytes`;
  if (/[\\\p{Cc}]/u.test(path)) return 'contains a backslash or control character';
  if (/^[a-z]:/i.test(path)) return 'begins with a drive letter';
  if (/(^|\/)\.{0,2}(\/|$)/.test(path)) return 'is absolute or has an empty, . or .. component';
  return undefined;
}

/** Checks all paths of a set: each by itself, no path twice, and no file that is also a folder of another. */
export function checkPaths(paths: string[], fail: (detail: string) => never): void {
  for (const path of paths) {
    const found = fault(path);
    if (found) fail(`path ${JSON.stringify(path)} ${found}`);
  }
  // With the lowest of all characters between components a folder's content comes directly behind its name.
  const sorted = paths.map((path) => path.replaceAll('/', '\0')).sort();
  for (const [index, path] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined && `${path}\0`.startsWith(`${before}\0`)) {
      fail(`path ${JSON.stringify(before.replaceAll('\0', '/'))} occurs twice, or is a file and a folder`);
    }
  }
}
