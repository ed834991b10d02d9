import { fsync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Bytes that are worth waking the disk for. */
const WORTHWHILE = 8 << 20;

/** As `handle.sync()`, which the handles of Yarn's Plug'n'Play refuse. Node's permission model allows nothing else. */
export async function syncHandle(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    // What the system says is final: it may say it only once.
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    await promisify(fsync)(handle.fd);
  }
}

/** Brings what was written of a file on to the disk. */
async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await syncHandle(handle);
  } finally {
    await handle.close();
  }
}

/**
 * Has the disk take a file while more of it is made. A file is synced before it gets its name, and whoever waits for that
 * would wait for all of its bytes.
 */
export class WriteBehind {
  #written = 0;
  #underWay: Promise<void> | undefined;
  #failure: unknown;

  constructor(private readonly path: string) {}

  /** To be told of bytes that were written, or are about to be. */
  add(length: number): void {
    this.#written += length;
    if (this.#underWay !== undefined || this.#written < WORTHWHILE) return;
    this.#written = 0;
    this.#underWay = syncFile(this.path)
      // A system may tell of a failure only once.
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#underWay = undefined;
      });
  }

  /** Waits for what is under way. */
  async idle(): Promise<void> {
    await this.#underWay;
  }

  /** Brings the rest on to the disk; fails where anything of it failed. */
  async finish(): Promise<void> {
    await this.idle();
    if (this.#failure !== undefined) throw this.#failure;
    await syncFile(this.path);
  }
}
