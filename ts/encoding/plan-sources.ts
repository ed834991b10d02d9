import { checkAborted, guard } from '../errors.js';
import type { Effort, InputFile, Opaque, Options, Recipe, Step } from '../generated/engine.js';
import { joined } from '../io/copy.js';
import type { ByteSource } from '../io/source.js';
import { Breath } from '../jobs/breath.js';
import { piece } from '../jobs/bytes.js';
import { type Compressor, Planner } from '../wasm/bindings.js';
import { storedNames } from './stored-names.js';

/** Brings a planner the bytes that it asks for, until it needs no more. */
async function feed(planner: Planner, sources: ByteSource[], signal: AbortSignal | undefined): Promise<void> {
  const breath = new Breath();
  for (;;) {
    await breath.take();
    checkAborted(signal);
    const step = JSON.parse(guard(() => planner.poll())) as Step;
    if (step === 'done') return;
    const parts = await Promise.all(
      step.need.map(({ file, offset, len }) => piece(sources[file] as ByteSource, offset, len)),
    );
    guard(() => planner.supply(joined(parts)));
  }
}

/** Finds the tensors of the sources and decides how they are stored. */
export async function planSources(
  sources: ByteSource[],
  effort: Effort,
  signal: AbortSignal | undefined,
  opaque: Opaque[] = [],
  recipe: Recipe | undefined = undefined,
): Promise<Compressor> {
  const names = storedNames(sources);
  const files: InputFile[] = sources.map(({ size }, index) => ({ path: names[index] as string, len: size }));
  const options: Options = { effort, opaque, ...(recipe ? { recipe } : {}) };
  const planner = guard(() => new Planner(JSON.stringify(files), JSON.stringify(options)));
  try {
    await feed(planner, sources, signal);
  } catch (error) {
    planner.free();
    throw error;
  }
  return guard(() => planner.finish());
}
