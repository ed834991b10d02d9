import { readSync } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { guardIo, TensorpressError } from '../errors.js';
import type { ByteSource } from '../source.js';

interface Identity {
  size: number;
  modified: bigint;
  inode: bigint;
}

async function identify(path: string): Promise<Identity & { isFile: boolean }> {
  const found = await stat(path, { bigint: true });
  return { size: Number(found.size), modified: found.mtimeNs, inode: found.ino, isFile: found.isFile() };
}

/** Up to here reading at once takes less time than waiting for another thread to do it, unless the disk is slow. */
const SMALL_READ = 16 << 10;

/** Files that stay open between reads. The others of a folder are opened anew each time: systems limit how many may be. */
const MAX_OPEN = 64;
let opened = 0;

/** A file of this machine. */
class PathSource implements ByteSource {
  readonly size: number;
  #handle: Promise<FileHandle> | undefined;
  #readers = 0;

  constructor(
    readonly path: string,
    readonly local: string,
    private readonly identity: Identity,
  ) {
    this.size = identity.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.#readers += 1;
    try {
      return await guardIo(`cannot read ${this.local}`, () => this.#read(offset, length));
    } finally {
      this.#readers -= 1;
      if (this.#readers === 0 && opened > MAX_OPEN) await this.close();
    }
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    if (this.#handle === undefined) {
      opened += 1;
      this.#handle = open(this.local, 'r');
    }
    const handle = await this.#handle;
    const bytes = Buffer.allocUnsafeSlow(length);
    let at = 0;
    while (at < length) {
      const bytesRead =
        length <= SMALL_READ
          ? readSync(handle.fd, bytes, at, length - at, offset + at)
          : (await handle.read(bytes, at, length - at, offset + at)).bytesRead;
      if (bytesRead === 0) throw new Error(`it ended at byte ${offset + at}, expected ${offset + length} or more`);
      at += bytesRead;
    }
    return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
  }

  async checkUnchanged(): Promise<void> {
    await guardIo(`cannot read ${this.local}`, async () => {
      const now = await identify(this.local);
      const { size, modified, inode } = this.identity;
      if (now.size === size && now.modified === modified && now.inode === inode) return;
      const detail = now.size === size ? 'its modification time differs' : `it had ${size} bytes and has ${now.size}`;
      throw new TensorpressError(
        'io',
        `${this.local} changed while it was read: ${detail}. Try again when it is at rest.`,
      );
    });
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    opened -= 1;
    // An open that failed was reported by the read that wanted it.
    await (await handle.catch(() => undefined))?.close();
  }
}

async function openFile(name: string, absolute: string): Promise<ByteSource> {
  const found = await identify(absolute);
  if (!found.isFile) throw new TensorpressError('io', `${absolute} is neither a file nor a folder`);
  return new PathSource(name, absolute, found);
}

/** Whether a path lies in a folder; both are free of links. */
function inside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Collects the files below a folder. Links are followed as long as they stay below the root and form no circle. */
async function walk(folder: string, root: string, seen: Set<string>, found: string[]): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    let info = await lstat(path);
    if (info.isSymbolicLink()) {
      const target = await realpath(path);
      if (!inside(target, root)) {
        const advice = 'copy the file into the folder or pass a list of files';
        throw new TensorpressError('io', `${path} is a link to ${target}, which is outside of ${root}: ${advice}`);
      }
      info = await stat(path);
    }
    if (info.isDirectory()) {
      const real = await realpath(path);
      if (seen.has(real))
        throw new TensorpressError('io', `${path} is a link to a folder that was already read: ${real}`);
      seen.add(real);
      await walk(path, root, seen, found);
    } else if (info.isFile()) {
      found.push(path);
    } else {
      throw new TensorpressError('io', `${path} is neither a file nor a folder`);
    }
  }
}

/** Opens a file, or all files below a folder. */
export async function openPath(path: string): Promise<ByteSource[]> {
  // It would be the current folder, which nobody means who writes nothing.
  if (path === '') throw new TensorpressError('invalid-option', 'input: expected a path, found ""');
  return guardIo(`cannot open ${path}`, async () => {
    const absolute = resolve(path);
    if (!(await stat(absolute)).isDirectory()) return [await openFile(basename(absolute), absolute)];
    const found: string[] = [];
    const root = await realpath(absolute);
    await walk(absolute, root, new Set([root]), found);
    if (found.length === 0) throw new TensorpressError('io', `${path} is a folder without files`);
    const sources: ByteSource[] = [];
    for (const file of found) {
      sources.push(await openFile(relative(absolute, file).split(sep).join('/'), file));
    }
    return sources;
  });
}
