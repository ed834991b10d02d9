// File helpers: finished-or-absent folders and content hashes.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Every file below `folder`, sorted, without descending into folders named in `skip`. */
export function walk(folder, skip = []) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return skip.includes(entry.name) ? [] : walk(path, skip);
      return [path];
    });
}

/** One hash over the names and bytes of files, and any further strings that matter. */
export function hashOf(base, files, ...more) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${relative(base, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  for (const text of more) hash.update(`${text}\0`);
  return hash.digest('hex');
}

/**
 * Makes a folder that is either complete or absent: `fill` works in a sibling that is renamed at the end,
 * so that an interrupted run is never taken for a finished one. When two runs race, the first to finish wins.
 */
export async function makeFolder(folder, fill) {
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  try {
    await fill(partial);
    try {
      renameSync(partial, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Replaces a file in one step. */
export function writeWhole(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial-${process.pid}`;
  writeFileSync(partial, content);
  renameSync(partial, path);
}

/** Replaces a file by a copy of another in one step. */
export function copyWhole(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const partial = `${to}.partial-${process.pid}`;
  cpSync(from, partial);
  renameSync(partial, to);
}

/** The file's text, or an empty string when there is none. */
export const readIfThere = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
