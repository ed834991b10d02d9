import { openContainer } from '../container/archive.js';
import { FileSequence } from '../decoding/file-sequence.js';
import type { ByteSink } from '../io/sink.js';
import type { Executor } from '../jobs/executor.js';

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
    const archive = await openContainer(source, signal);
    const sequence = new FileSequence(archive, source, executor, true, signal, undefined, (file) => wrong.push(file));
    try {
      for (const file of archive.plan.files.keys()) {
        const chunks = sequence.chunks(file);
        // Taking them is what compares them.
        while (!(await chunks.next()).done);
      }
    } finally {
      await sequence.close();
    }
  } finally {
    await source.close();
  }
  return wrong;
}
