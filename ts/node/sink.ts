import { writeSync } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { guardIo, TensorpressError } from '../errors.js';
import type { ByteSink } from '../io/sink.js';
import type { ByteSource } from '../io/source.js';
import { openPath } from './paths.js';
import { hold, letGo, removeStale, temporaryBeside } from './temporary.js';
import { syncHandle, WriteBehind } from './write-behind.js';

/** What a path leads to, if to anything. */
export async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isDirectory()) return 'folder';
  return found.isFile() ? 'file' : 'other';
}

/** Refuses to replace what exists, unless told to, and in any case what is neither a file nor a folder. */
export async function refuseExisting(path: string, force: boolean): Promise<void> {
  if ((await kindOf(path)) === 'other') {
    throw new TensorpressError(
      'io',
      `${path} is a device or a pipe, which a file cannot replace: choose another name (- for standard output)`,
    );
  }
  if (force) return;
  // A link exists even if it leads nowhere.
  const exists = await lstat(path).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new TensorpressError('io', `${path} exists: choose another name, or pass force (--force) to replace it`);
}

/** As `refuseExisting`, for a file: it takes no folder's place. */
async function refuseTarget(path: string, force: boolean): Promise<void> {
  if ((await kindOf(path)) === 'folder') {
    throw new TensorpressError('io', `${path} is a folder: name a file in it`);
  }
  await refuseExisting(path, force);
}

/** Makes a rename durable. Not every system can sync a folder; the file itself is synced in any case. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle) await syncHandle(handle).catch(() => {});
  await handle?.close();
}

/** An archive in a file: written under another name beside it, synced, then renamed. */
export class PathSink implements ByteSink {
  #handle: FileHandle | undefined;
  readonly #behind: WriteBehind;

  private constructor(
    /** As the caller gave it. */
    readonly path: string,
    private readonly target: string,
    readonly temporary: string,
    private readonly force: boolean,
    handle: FileHandle,
  ) {
    this.#handle = handle;
    this.#behind = new WriteBehind(temporary);
  }

  static async open(path: string, force: boolean): Promise<PathSink> {
    const target = resolve(path);
    await refuseTarget(target, force);
    return guardIo(`cannot write ${path}`, async () => {
      await removeStale(target);
      const temporary = temporaryBeside(target);
      const handle = await open(temporary, 'wx+');
      hold(temporary);
      return new PathSink(path, target, temporary, force, handle);
    });
  }

  write(bytes: Uint8Array, offset: number, owned: boolean): Promise<void> | void {
    const handle = this.#open();
    this.#behind.add(bytes.length);
    if (owned) {
      return guardIo(`cannot write ${this.target}`, async () => {
        let at = 0;
        while (at < bytes.length) {
          at += (await handle.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
        }
      });
    }
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(handle.fd, bytes, at, bytes.length - at, offset + at);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TensorpressError('io', `cannot write ${this.target}: ${reason}`, { cause });
    }
  }

  /** Brings the file to its length and on to the disk, still under the temporary name. */
  async settle(length: number): Promise<void> {
    await guardIo(`cannot write ${this.target}`, async () => {
      await this.#open().truncate(length);
      await this.#behind.finish();
    });
  }

  async reopen(length: number): Promise<ByteSource> {
    await this.settle(length);
    const [source] = await openPath(this.temporary);
    if (source === undefined) throw new Error('the temporary file is gone');
    return source;
  }

  async finish(length: number): Promise<void> {
    await this.settle(length);
    await guardIo(`cannot write ${this.target}`, async () => {
      await this.#open().close();
      this.#handle = undefined;
      await refuseTarget(this.target, this.force);
      await rename(this.temporary, this.target);
      letGo(this.temporary);
      await syncFolder(dirname(this.target));
    });
  }

  async discard(): Promise<void> {
    await this.#handle?.close().catch(() => {});
    this.#handle = undefined;
    await this.#behind.idle();
    await rm(this.temporary, { force: true }).catch(() => {});
    letGo(this.temporary);
  }

  #open(): FileHandle {
    if (this.#handle === undefined) throw new Error('the file is closed');
    return this.#handle;
  }
}
