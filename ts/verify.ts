import type { Executor } from './executor.js';
import { openSource } from './open.js';
import { FileSequence } from './sequence.js';
import type { ByteSink } from './sink.js';

/** Decodes an archive that was just written and gives the files whose digests are not those of the originals. */
export async function verifyArchive(
  sink: ByteSink,
  length: number,
  executor: Executor,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const wrong: number[] = [];
  const source = await sink.reopen(length);
  try {
    const opened = await openSource(source, signal);
    const sequence = new FileSequence(opened, source, executor, true, signal, undefined, (file) => wrong.push(file));
    try {
      for (const file of opened.plan.files.keys()) {
        const chunks = sequence.chunks(file);
        // Taking them is what compares them.
        while (!(await chunks.next()).done);
      }
    } finally {
      await sequence.close();
      opened.archive.free();
    }
  } finally {
    await source.close();
  }
  return wrong;
}
