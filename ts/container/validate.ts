import type { Plan, PlanFile, PlanTensor } from '../generated/engine.js';
import { demand, within } from './faults.js';
import { MAX_BLOCK, MAX_FILES, MAX_LENGTH, MAX_RANK, MAX_STREAMS, MAX_TENSORS } from './limits.js';
import { checkPaths } from './paths.js';
import { widthOf } from './schema.js';

/** Name of stream 0 and of its entry. */
const SKELETON = 'tensorpress.skeleton';

/** Adds lengths; a sum that a number does not hold exactly is refused. */
function sum(a: number, b: number): number {
  demand(a + b <= MAX_LENGTH, 'plan', `more than ${MAX_LENGTH} bytes`);
  return a + b;
}

/** Is a plan possible? Checks everything that it says before anything is decoded. */
export function checkPlan(plan: Plan): void {
  const { files, streams, tensors } = plan;
  within('MAX_FILES', MAX_FILES, files.length);
  within('MAX_STREAMS', MAX_STREAMS, streams.length);
  within('MAX_TENSORS', MAX_TENSORS, tensors.length);
  checkPaths(files.map(({ path }) => path));
  demand(streams[0]?.name === SKELETON, 'plan', `stream 0 is not ${SKELETON}`);
  for (const stream of streams) {
    const { len, block, layout } = stream;
    within('MAX_BLOCK', MAX_BLOCK, block);
    const width = widthOf(layout);
    demand(block > 0 && block % width === 0 && len % width === 0, 'plan', stream);
  }
  let [skeleton, total] = [0, 0];
  for (const file of files) {
    skeleton = sum(skeleton, checkFile(plan, file));
    total = sum(total, file.len);
  }
  demand(skeleton === streams[0]?.len, 'plan', `the files take ${skeleton} bytes of the skeleton, which has others`);
  for (const tensor of tensors) demand(isPossible(plan, tensor), 'plan', tensor);
}

/** Whether a range lies in what is there, if it is. */
function holds(there: { len: number } | undefined, start: number, length: number): boolean {
  return there !== undefined && start + length <= there.len;
}

/** The pieces tile the file. Gives how many bytes of the skeleton it takes. */
function checkFile({ streams }: Plan, { path, len, pieces }: PlanFile): number {
  let [length, skeleton] = [0, 0];
  for (const piece of pieces) {
    const size = piece.at(-1) as number;
    length = sum(length, size);
    if (piece.length === 2) skeleton += size;
    const exists = piece.length === 2 || holds(streams[piece[0]], piece[1], size);
    demand(exists && size > 0, 'plan', { path, piece });
  }
  demand(length === len, 'plan', `pieces of ${length} bytes for a file of ${len}`);
  return skeleton;
}

/** Whether a tensor has a file and dimensions, and all of its bytes are where it says. */
function isPossible({ files, streams }: Plan, { shape, file, stream, range, spans = [] }: PlanTensor): boolean {
  return (
    shape.length <= MAX_RANK &&
    file < files.length &&
    stream !== 0 &&
    (stream ?? 0) < streams.length &&
    (!range || holds(streams[stream ?? -1], ...range)) &&
    spans.every(([of, start, length]) => holds(files[of], start, length))
  );
}
