import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { guardIo, TensorpressError } from '../errors.js';
import type { DecompressedFile, ExpectedFile, OutputFiles } from '../outputs.js';
import { directFiles } from './direct.js';
import { refuseExisting, syncFolder } from './sink.js';
import { hold, letGo, removeStale, temporaryBeside } from './temporary.js';
import { WriteBehind } from './write-behind.js';

/** Refuses a path that would leave the folder; the engine refuses it too, but here is where it would do harm. */
function checkPath(path: string): void {
  const parts = path.split('/');
  const wrong = path === '' || /[\\\0]/.test(path) || /^[A-Za-z]:/.test(path);
  if (wrong || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new TensorpressError('corrupt', `the archive holds a file with the path ${JSON.stringify(path)}`);
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? 'folder' : 'file';
}

/**
 * The files of an archive on disk. One file with a plain name goes to the path itself, or into it where that is a
 * folder or ends with a slash; several files make a folder of that name. All is written under a temporary name first.
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
    this.#asFolder = /[/\\]$/.test(path);
  }

  async begin(files: ExpectedFile[]): Promise<void> {
    for (const file of files) checkPath(file.path);
    this.#files = files;
    const existing = await kindOf(this.#root);
    const only = files.length === 1 ? files[0] : undefined;
    this.#single = only !== undefined && !only.path.includes('/') && (existing === 'folder' || !this.#asFolder);
    this.#target = this.#single && existing === 'folder' ? join(this.#root, only?.path ?? '') : this.#root;
    await this.#refuse();
    await guardIo(`cannot write ${this.#target}`, async () => {
      await removeStale(this.#target);
      this.#temporary = temporaryBeside(this.#target);
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
      for (const behind of this.#behind) await behind.finish();
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

  /** Moves the finished file or folder to its name; a folder that is replaced is moved away first, then removed. */
  async #swap(): Promise<void> {
    const existing = await kindOf(this.#target);
    if (this.#single || existing === undefined) return rename(this.#temporary, this.#target);
    // While it is away it is the only copy: its name is one that neither a signal handler nor a later run removes.
    const old = `${this.#temporary}.replaced`;
    await rename(this.#target, old);
    try {
      await rename(this.#temporary, this.#target);
    } catch (error) {
      await rename(old, this.#target);
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  }

  async #refuse(): Promise<void> {
    const existing = await kindOf(this.#target);
    if (this.#single && existing === 'folder') {
      throw new TensorpressError('io', `${this.#target} is a folder, but ${basename(this.#target)} is to be a file`);
    }
    // An empty folder that someone made for the output is welcome.
    const empty = existing === 'folder' && (await readdir(this.#target)).length === 0;
    if (!empty) await refuseExisting(this.#target, this.force);
  }
}

async function createFile(path: string, length: number): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.truncate(length);
  } finally {
    await handle.close();
  }
}
