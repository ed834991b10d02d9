import { join } from 'node:path';
import { pullStream } from '../io/pull-stream.js';
import type { ByteSink } from '../io/sink.js';
import { openPath } from './paths.js';
import { PathSink } from './sink.js';
import { temporaryFolder } from './temporary.js';

const CHUNK = 1 << 20;

/**
 * An archive that will be streamed: its head is known last, so it is written to a temporary file first. The file goes
 * when the stream ends or is cancelled.
 */
export async function scratchSink(): Promise<ByteSink> {
  const { folder, remove } = await temporaryFolder();
  const file = join(folder, 'archive');
  const sink = await PathSink.open(file, false).catch(async (error) => {
    await remove();
    throw error;
  });
  let length = 0;
  return {
    write: (bytes, offset, owned) => sink.write(bytes, offset, owned),
    async reopen(total) {
      return sink.reopen(total);
    },
    async finish(total) {
      length = total;
      await sink.finish(total);
    },
    async discard() {
      await sink.discard();
      await remove();
    },
    stream() {
      const opened = openPath(file);
      let offset = 0;
      return pullStream(
        async () => {
          const [source] = await opened;
          if (source === undefined || offset >= length) return undefined;
          const chunk = await source.read(offset, Math.min(CHUNK, length - offset));
          offset += chunk.length;
          return chunk;
        },
        async () => {
          const [source] = await opened;
          await source?.close();
          await remove();
        },
      );
    },
  };
}
