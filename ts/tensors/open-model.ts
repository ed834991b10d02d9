import { openContainer } from '../container/archive.js';
import { looksWritten } from '../container/header.js';
import { planSources } from '../encoding/plan-sources.js';
import { guard } from '../errors.js';
import type { Plan } from '../generated/engine.js';
import { type ByteSource, closeAll, type Input, openInput, totalOf } from '../io/source.js';
import { openExecutor } from '../jobs/open-executor.js';
import type { CommonOptions, FolderOptions } from '../options.js';
import type { AnyPlan } from '../plan.js';
import { archiveTensors, fileTensors, type TensorReader } from './tensor-reader.js';

/** A model, compressed or not, whose tensors can be read. */
export interface OpenModel extends TensorReader {
  readonly compressed: boolean;
  readonly plan: AnyPlan;
  /** Length of the archive, or of all files. */
  readonly size: number;
  close(): Promise<void>;
}

async function openCompressed(source: ByteSource, options: CommonOptions): Promise<OpenModel> {
  const archive = await openContainer(source, options.signal);
  const executor = openExecutor(options, source.size, false, 0);
  return {
    ...archiveTensors(archive, source, executor),
    compressed: true,
    size: source.size,
    async close() {
      executor.close();
      await source.close();
    },
  };
}

/** Opens an archive or model files; the first bytes tell which. */
export async function openModel(input: Input, options: CommonOptions & FolderOptions): Promise<OpenModel> {
  const { signal } = options;
  const sources = await openInput(input, signal, options);
  try {
    const [only] = sources;
    if (sources.length === 1 && only && looksWritten((await only.read(0, Math.min(256, only.size))).subarray(8))) {
      return await openCompressed(only, options);
    }
    const compressor = await planSources(sources, 'default', signal);
    try {
      const plan = JSON.parse(guard(() => compressor.plan())) as Plan;
      return {
        ...fileTensors(plan, sources),
        compressed: false,
        size: totalOf(sources),
        close: () => closeAll(sources),
      };
    } finally {
      compressor.free();
    }
  } catch (error) {
    await closeAll(sources);
    throw error;
  }
}
