import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { guardIo } from '../errors.js';
import { type ByteSource, memorySource, readChunks, readerOf } from '../io/source.js';
import { openPath } from './paths.js';
import { temporaryFolder } from './temporary.js';

/** Streams up to this length stay in memory. */
const MAX_IN_MEMORY = 32 << 20;

const NAME = 'stream';

function concatenate(parts: Uint8Array[], length: number): Uint8Array {
  const all = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(all.buffer, all.byteOffset, length);
}

/** Holds all of a stream: in memory while it is small, else in a temporary file that `close` removes. */
export async function spool(stream: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): Promise<ByteSource> {
  const chunks = readChunks(readerOf(stream), signal);
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const next = await chunks.next();
    if (next.done) return memorySource(NAME, concatenate(parts, length));
    // Copied: whoever feeds the stream may use its buffer again.
    parts.push(next.value.slice());
    length += next.value.length;
    if (length > MAX_IN_MEMORY) return spoolToFile(parts, chunks);
  }
}

async function spoolToFile(head: Uint8Array[], rest: AsyncGenerator<Uint8Array, void>): Promise<ByteSource> {
  const { folder, remove } = await temporaryFolder();
  try {
    const file = join(folder, NAME);
    await guardIo(`cannot write ${file}`, async () => {
      const handle = await open(file, 'wx');
      try {
        for (const part of head) await handle.writeFile(part);
        head.length = 0;
        for await (const chunk of rest) await handle.writeFile(chunk);
      } finally {
        await handle.close();
      }
    });
    const [source] = await openPath(file);
    if (source === undefined) throw new Error('the temporary file is gone');
    return {
      path: NAME,
      size: source.size,
      local: file,
      read: (offset, length) => source.read(offset, length),
      checkUnchanged: () => source.checkUnchanged(),
      async close() {
        await source.close();
        await remove();
      },
    };
  } catch (error) {
    await rest.return();
    await remove();
    throw error;
  }
}
