import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { TensorpressError } from '../errors.js';
import type { DirectFiles } from '../platform.js';

function readAll(descriptor: number, path: string, offset: number, into: Uint8Array): void {
  let at = 0;
  while (at < into.length) {
    const count = readSync(descriptor, into, at, into.length - at, offset + at);
    if (count === 0) {
      const message = `${path} ended at byte ${offset + at} while it was read: it became shorter by ${into.length - at} bytes or more`;
      throw new TensorpressError('io', message);
    }
    at += count;
  }
}

function writeAll(descriptor: number, offset: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(descriptor, bytes, at, bytes.length - at, offset + at);
}

/** Opens the file for one access: a job moves megabytes, and nothing is left open when a worker ends. */
function withFile(path: string, flags: string, doing: string, work: (descriptor: number) => void): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, flags);
    work(descriptor);
  } catch (thrown) {
    if (thrown instanceof TensorpressError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TensorpressError('io', `${doing} ${path}: ${reason}`, { cause: thrown });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Works on ranges, with each file opened once for those that follow each other. */
function inFiles<Range extends { path: string }>(
  ranges: Range[],
  flags: string,
  doing: string,
  work: (descriptor: number, range: Range) => void,
): void {
  let next = 0;
  for (let first = ranges[next]; first !== undefined; first = ranges[next]) {
    const { path } = first;
    withFile(path, flags, doing, (descriptor) => {
      for (let range = ranges[next]; range?.path === path; range = ranges[++next]) work(descriptor, range);
    });
  }
}

/** Synchronous file access of Node, Deno and Bun; threads share nothing but the path. */
export const directFiles: DirectFiles = {
  read(ranges, into) {
    let at = 0;
    inFiles(ranges, 'r', 'cannot read', (descriptor, { path, offset, length }) => {
      readAll(descriptor, path, offset, into.subarray(at, at + length));
      at += length;
    });
  },
  write(targets, bytes) {
    inFiles(targets, 'r+', 'cannot write', (descriptor, { offset, start, length }) => {
      writeAll(descriptor, offset, bytes.subarray(start, start + length));
    });
  },
};
