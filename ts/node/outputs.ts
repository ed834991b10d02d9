import { lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { guardIo, TensorpressError } from '../errors.js';
import type { DecompressedFile, ExpectedFile, OutputFiles } from '../io/outputs.js';
import { directFiles } from './direct.js';
import { kindOf, refuseExisting, syncFolder } from './sink.js';
import { hold, letGo, removeStale, temporaryBeside } from './temporary.js';
import { WriteBehind } from './write-behind.js';

/** Files that are brought on to the disk at a time. */
const SYNCED_AT_ONCE = 16;

/** Refuses a path that would leave the folder; the engine refuses it too, but here is where it would do harm. */
function checkPath(path: string): void {
  const parts = path.split('/');
  const wrong = path === '' || /[\\\0]/.test(path) || /^[A-Za-z]:/.test(path);
  if (wrong || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new TensorpressError('corrupt', `the archive holds a file with the path ${JSON.stringify(path)}`);
  }
}

/**
 * The files of an archive on disk. One file with a plain name goes to the path itself, or into it where that is a
 * folder or ends with a slash; several files make a folder of that name, or fill one that is empty. All is written under
 * a temporary name first.
 */
export class PathOutputs implements OutputFiles {
  readonly #root: string;
  readonly #asFolder: boolean;
  #files: ExpectedFile[] = [];
  #behind: WriteBehind[] = [];
  #single = false;
  #target = '';
  #temporary = '';

  constructor(
    path: string,
    private readonly force: boolean,
  ) {
    this.#root = resolve(path);
    // Where backslashes are ordinary characters a file's name may end with one.
    this.#asFolder = path.endsWith('/') || path.endsWith(sep);
  }

  async begin(files: ExpectedFile[]): Promise<void> {
    for (const file of files) checkPath(file.path);
    this.#files = files;
    const existing = await kindOf(this.#root);
    const only = files.length === 1 ? files[0] : undefined;
    this.#single = only !== undefined && !only.path.includes('/') && (existing === 'folder' || !this.#asFolder);
    this.#target = this.#single && existing === 'folder' ? join(this.#root, only?.path ?? '') : this.#root;
    // A folder that is there stays the one that it is, which may be somebody's current one or another disk's: what it is to
    // hold begins within it.
    const beside = !this.#single && existing === 'folder' ? join(this.#root, basename(this.#root)) : this.#target;
    await removeStale(beside);
    await this.#refuse();
    await guardIo(`cannot write ${this.#target}`, async () => {
      this.#temporary = temporaryBeside(beside);
      hold(this.#temporary);
      if (!this.#single) await mkdir(this.#temporary);
      const folders = new Set(files.map((_, index) => dirname(this.local(index))));
      if (!this.#single) for (const folder of folders) await mkdir(folder, { recursive: true });
      for (const [index, file] of files.entries()) await createFile(this.local(index), file.len);
      this.#behind = files.map((_, index) => new WriteBehind(this.local(index)));
    });
  }

  local(file: number): string {
    return this.#single ? this.#temporary : join(this.#temporary, this.#files[file]?.path ?? '');
  }

  write(file: number, offset: number, bytes: Uint8Array): void {
    directFiles.write([{ path: this.local(file), offset, start: 0, length: bytes.length }], bytes);
    this.written(file, bytes.length);
  }

  written(file: number, length: number): void {
    this.#behind[file]?.add(length);
  }

  content(file: number): string {
    return this.local(file);
  }

  async finish(): Promise<DecompressedFile[]> {
    await guardIo(`cannot write ${this.#target}`, async () => {
      await finishAll(this.#behind);
      await this.#refuse();
      await this.#swap();
      letGo(this.#temporary);
      await syncFolder(dirname(this.#target));
    });
    return this.#files.map(({ path, len }) => {
      const file = this.#single ? this.#target : join(this.#target, path);
      return { path, size: len, file };
    });
  }

  async discard(): Promise<void> {
    if (this.#temporary === '') return;
    for (const behind of this.#behind) await behind.idle();
    await rm(this.#temporary, { recursive: true, force: true }).catch(() => {});
    letGo(this.#temporary);
  }

  /** Moves the finished file or folder to its name, or its content into the folder of that name. */
  async #swap(): Promise<void> {
    const existing = await kindOf(this.#target);
    if (this.#single || existing === undefined) return rename(this.#temporary, this.#target);
    // While they are away old files are the only copies: this name neither a signal handler nor a later run removes.
    const old = `${this.#temporary}.replaced`;
    if (existing === 'folder') {
      const [there, made] = [await this.#content(), await readdir(this.#temporary)];
      await mkdir(old);
      await moveAll([
        ...there.map((name): Move => [join(this.#target, name), join(old, name)]),
        ...made.map((name): Move => [join(this.#temporary, name), join(this.#target, name)]),
      ]).catch(async (error) => {
        await rmdir(old);
        throw error;
      });
      await syncFolder(this.#target);
      await rm(this.#temporary, { recursive: true, force: true });
    } else {
      await moveAll([
        [this.#target, old],
        [this.#temporary, this.#target],
      ]);
    }
    await rm(old, { recursive: true, force: true });
  }

  /** Names in the target, a folder, but for what is to become its content. */
  async #content(): Promise<string[]> {
    const names = await readdir(this.#target);
    const own = basename(this.#temporary);
    return names.filter((name) => own === '' || !name.startsWith(own));
  }

  async #refuse(): Promise<void> {
    const existing = await kindOf(this.#target);
    if (this.#single && existing === 'folder') {
      throw new TensorpressError('io', `${this.#target} is a folder, but ${basename(this.#target)} is to be a file`);
    }
    if (existing === 'folder') {
      const content = await this.#content();
      // An empty folder that someone made for the output is welcome.
      if (content.length === 0) return;
      const known = new Set(this.#files.map(({ path }) => path));
      for (const name of content) {
        const other = await findOther(this.#target, name, known);
        if (other === undefined) continue;
        const advice = 'choose a new or an empty folder';
        throw new TensorpressError('io', `${this.#target} holds ${other}, which the archive does not: ${advice}`);
      }
    }
    await refuseExisting(this.#target, this.force);
  }
}

/** Brings files on to the disk, some at a time: each waits for the disk, which takes what it has at once. */
async function finishAll(files: WriteBehind[]): Promise<void> {
  const left = files.values();
  const ended = await Promise.allSettled(
    Array.from({ length: SYNCED_AT_ONCE }, async () => {
      for (const file of left) await file.finish();
    }),
  );
  // None is under way any more, so that all can be removed.
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

type Move = [from: string, to: string];

/** Renames one after the other; where one fails, those before it are undone. */
async function moveAll(moves: Move[]): Promise<void> {
  const done: Move[] = [];
  try {
    for (const [from, to] of moves) {
      await rename(from, to);
      done.push([from, to]);
    }
  } catch (error) {
    for (const [from, to] of done.reverse()) await rename(to, from);
    throw error;
  }
}

/** A path at or below `path` in a folder that is none of the known files: to replace the folder would remove it. */
async function findOther(folder: string, path: string, known: Set<string>): Promise<string | undefined> {
  if (known.has(path)) return undefined;
  // A link to a folder is none.
  const names = await readdir(join(folder, path)).catch(() => undefined);
  if (names === undefined || (await lstat(join(folder, path))).isSymbolicLink()) return path;
  for (const name of names) {
    const other = await findOther(folder, `${path}/${name}`, known);
    if (other !== undefined) return other;
  }
  return undefined;
}

async function createFile(path: string, length: number): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.truncate(length);
  } finally {
    await handle.close();
  }
}
