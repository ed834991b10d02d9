// Where everything lives: in the checkout, and in the user's cache shared by all checkouts.
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Tools, models and peers are kept here by version, so that a second checkout finds them ready. */
export const userCache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tensorpress');

/** Scratch of this checkout; ignored by git. */
export const localCache = join(root, '.cache');

export const targetDir = process.env.CARGO_TARGET_DIR || join(root, 'target');

export const inRoot = (...parts) => join(root, ...parts);
