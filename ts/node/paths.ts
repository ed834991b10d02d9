import { readSync, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { guardIo, TensorpressError } from '../errors.js';
import type { ByteSource } from '../io/source.js';
import type { FolderReading } from '../platform.js';
import { OUTPUT_FIELD, pathOf } from './addresses.js';
import { isTemporary } from './temporary.js';

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

function noFile(path: string): TensorpressError {
  const advice = 'pass what comes out of it as a stream (- for standard input)';
  return new TensorpressError('io', `${path} is a device or a pipe, neither a file nor a folder: ${advice}`);
}

async function openFile(name: string, absolute: string): Promise<ByteSource> {
  const found = await identify(absolute);
  if (!found.isFile) throw noFile(absolute);
  return new PathSource(name, absolute, found);
}

/** Half of a character of two, which no name in UTF-8 holds. */
const HALF = /\p{Cs}/u;
const NO_UNICODE = 'is no valid Unicode: rename it, or leave it out';

/** What `stat` or `lstat` says. A name that is no UTF-8 comes with U+FFFD for what is wrong, and is then not found. */
async function lookAt(path: string, look: (path: string) => Promise<Stats>): Promise<Stats> {
  return look(path).catch((cause: NodeJS.ErrnoException) => {
    const name = basename(path);
    if (cause.code !== 'ENOENT' || !name.includes('\ufffd')) throw cause;
    throw new TensorpressError('io', `the name ${JSON.stringify(name)} in ${dirname(path)} ${NO_UNICODE}`, { cause });
  });
}

/** Whether a path lies in a folder; both are free of links. */
function inside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** A snapshot in the Hugging Face cache, or a folder of one: links to files that lie in `blobs` beside all snapshots. */
const SNAPSHOT = /^(.+[\\/](?:models|datasets|spaces)--[^\\/]+)[\\/]snapshots[\\/][^\\/]+/;

/** Where links of a folder may lead: below itself, and from a snapshot to the blobs, which the cache alone fills. */
async function reachOf(root: string): Promise<string[]> {
  const repository = SNAPSHOT.exec(root)?.[1];
  if (repository === undefined) return [root];
  const blobs = join(repository, 'blobs');
  const real = await realpath(blobs).catch(() => undefined);
  return real === blobs ? [root, blobs] : [root];
}

/** Entries of a folder that are looked at: links to folders can make any number of paths out of a few. */
const MAX_ENTRIES = 1_000_000;

/**
 * Collects the files below a folder. A link counts as what it leads to, so that a copy comes back; one that leads elsewhere
 * is followed only for callers who say so, for folders that strangers made may hold links to what is none of theirs.
 */
class Walk {
  readonly found: string[] = [];
  #entries = 0;

  /** Without `reach` links may lead anywhere; `without` is a file that is passed over, free of links. */
  constructor(
    private readonly root: string,
    private readonly reach: string[] | undefined,
    private readonly without: string | undefined,
  ) {}

  /** `above` are the folders on the way here and this one, free of links. */
  async collect(folder: string, above: string[]): Promise<void> {
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name);
      if (isTemporary(name) || join(above.at(-1) ?? folder, name) === this.without) continue;
      this.#entries += 1;
      if (this.#entries > MAX_ENTRIES) {
        throw new TensorpressError('limit', `${this.root} holds more than ${MAX_ENTRIES} files and folders`);
      }
      let info = await lookAt(path, lstat);
      if (info.isSymbolicLink()) {
        await this.#refuseOutside(path);
        info = await stat(path);
      }
      if (info.isDirectory()) {
        const real = await realpath(path);
        if (above.includes(real)) {
          throw new TensorpressError('io', `${path} is a link to ${real}, which it lies in: files without end`);
        }
        await this.collect(path, [...above, real]);
      } else if (info.isFile()) {
        this.found.push(path);
      } else {
        throw noFile(path);
      }
    }
  }

  async #refuseOutside(link: string): Promise<void> {
    const target = await realpath(link);
    if (this.reach === undefined || this.reach.some((folder) => inside(target, folder))) return;
    const advice = 'pass followLinks (--follow-links) to read such files, too';
    throw new TensorpressError('io', `${link} is a link to ${target}, which is outside of ${this.root}: ${advice}`);
  }
}

/** A path free of links but for its last part, which need not be there. */
async function placeOf(path: string): Promise<string> {
  const absolute = resolve(path);
  const folder = await realpath(dirname(absolute)).catch(() => dirname(absolute));
  return join(folder, basename(absolute));
}

/** Opens a file, or all files below a folder. */
export async function openPath(
  address: string | URL,
  { followLinks, without }: FolderReading = {},
): Promise<ByteSource[]> {
  // Otherwise it would be looked for below the current folder.
  if (/^https?:\/\//i.test(String(address))) {
    const advice = 'pass the body of what fetch brings, or use openArchive';
    throw new TensorpressError('invalid-option', `input: expected a path, found the address ${address}: ${advice}`);
  }
  const path = pathOf(address, 'input');
  // It would be the current folder, which nobody means who writes nothing.
  if (path === '') throw new TensorpressError('invalid-option', 'input: expected a path, found ""');
  // The system would be asked for another name, with U+FFFD.
  if (HALF.test(path)) throw new TensorpressError('invalid-option', `input: ${JSON.stringify(path)} ${NO_UNICODE}`);
  return guardIo(`cannot open ${path}`, async () => {
    const absolute = resolve(path);
    if (!(await lookAt(absolute, stat)).isDirectory()) return [await openFile(basename(absolute), absolute)];
    const root = await realpath(absolute);
    const own = without === undefined ? undefined : await placeOf(pathOf(without, OUTPUT_FIELD));
    const walk = new Walk(root, followLinks ? undefined : await reachOf(root), own);
    await walk.collect(absolute, [root]);
    if (walk.found.length === 0) throw new TensorpressError('io', `${path} is a folder without files`);
    const sources: ByteSource[] = [];
    for (const file of walk.found) {
      sources.push(await openFile(relative(absolute, file).split(sep).join('/'), file));
    }
    return sources;
  });
}
