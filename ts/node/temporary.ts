import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { guardIo } from '../errors.js';
import { mayAskForHost } from './permissions.js';

let host: string | undefined;

/** A few letters that tell this machine's temporary files from another's on a shared disk; its name may be a secret. */
function hostLetters(): string {
  host ??= mayAskForHost() ? Buffer.from(hostname()).toString('hex').slice(-8).padStart(8, '0') : '00000000';
  return host;
}

/** Longest part of the target's name, in bytes, that leaves room for the rest: names of files have at most 255 or so. */
const MAX_NAME = 180;

/** The beginning of the target's name, cut between two characters. */
function stemOf(target: string): string {
  let stem = basename(target);
  while (Buffer.byteLength(stem) > MAX_NAME) stem = [...stem].slice(0, -1).join('');
  return stem;
}

/**
 * A name beside the target, so that a rename is enough. It names its process, so that a later run can tell whether
 * whoever wrote it still lives.
 */
export function temporaryBeside(target: string): string {
  const name = `.${stemOf(target)}.${hostLetters()}-${process.pid}-${randomBytes(4).toString('hex')}.tpress-partial`;
  return join(dirname(target), name);
}

const PATTERN = /^\.(.+)\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tpress-partial$/;

/** Whether a file of this name is one that is being written, or was when its process ended. */
export function isTemporary(name: string): boolean {
  return PATTERN.test(name);
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Whether a file or folder is this user's own: in a folder for all, somebody else's may change while it is removed. */
async function isOwn(path: string): Promise<boolean> {
  const uid = process.getuid?.();
  return uid === undefined || (await lstat(path).catch(() => undefined))?.uid === uid;
}

/** Removes what processes of this machine left beside the target when they were killed. */
export async function removeStale(target: string): Promise<void> {
  const folder = dirname(target);
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const match = PATTERN.exec(name);
    if (match === null || match[1] !== stemOf(target) || match[2] !== hostLetters()) continue;
    const pid = Number(match[3]);
    const path = join(folder, name);
    if (pid !== process.pid && !lives(pid) && (await isOwn(path))) {
      await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }
}

const held = new Set<string>();
let watching = false;

/** Remembers a temporary file or folder, which goes with the process if nobody removes it before. */
export function hold(path: string): void {
  if (!watching) process.once('exit', removeHeld);
  watching = true;
  held.add(path);
}

function removeHeld(): void {
  for (const path of held) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // The others are to go in any case.
    }
  }
}

/** The opposite of `hold`. */
export function letGo(path: string): void {
  held.delete(path);
}

/**
 * A new folder for temporary files, which goes with `remove`, or with the process. Those of processes that were killed go
 * now: they may hold as much as a whole model.
 */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const target = join(tmpdir(), 'tensorpress');
  await removeStale(target);
  const folder = temporaryBeside(target);
  await guardIo('cannot make a temporary folder', () => mkdir(folder, { mode: 0o700 }));
  hold(folder);
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    letGo(folder);
  };
  return { folder, remove };
}
