import type { Plan, PlanFile, PlanTensor } from '../generated/engine.js';
import { corrupt, within } from './faults.js';
import { MAX_BLOCK, MAX_FILES, MAX_LENGTH, MAX_RANK, MAX_STREAMS, MAX_TENSORS } from './limits.js';
import { checkPaths } from './paths.js';
import { widthOf } from './schema.js';

/** Name of stream 0 and of its entry. */
const SKELETON = 'tensorpress.skeleton';

function fail(detail: string): never {
  throw corrupt('plan', detail);
}

/** Adds lengths; a sum that a number does not hold exactly is refused. */
function sum(a: number, b: number): number {
  return a + b > MAX_LENGTH ? fail(`more than ${MAX_LENGTH} bytes`) : a + b;
}

/** Is a plan possible? Checks everything that it says before anything is decoded. */
export function checkPlan(plan: Plan): void {
  const { files, streams, tensors } = plan;
  within('MAX_FILES', MAX_FILES, files.length);
  within('MAX_STREAMS', MAX_STREAMS, streams.length);
  within('MAX_TENSORS', MAX_TENSORS, tensors.length);
  checkPaths(
    files.map(({ path }) => path),
    fail,
  );
  checkStreams(plan);
  let [skeleton, total] = [0, 0];
  for (const file of files) {
    skeleton = sum(skeleton, checkFile(plan, file));
    total = sum(total, file.len);
  }
  if (skeleton !== streams[0]?.len) fail(`the files take ${skeleton} bytes of the skeleton, which has others`);
  for (const tensor of tensors) {
    const wrong = tensorFault(plan, tensor);
    if (wrong) fail(`tensor ${JSON.stringify(tensor.name)}: ${wrong}`);
  }
}

function checkStreams({ streams }: Plan): void {
  if (streams[0]?.name !== SKELETON) fail(`stream 0 is not ${SKELETON}`);
  for (const { name, len, block, layout } of streams) {
    within('MAX_BLOCK', MAX_BLOCK, block);
    const width = widthOf(layout);
    if (block === 0 || block % width > 0 || len % width > 0) {
      fail(`stream ${JSON.stringify(name)} has ${len} bytes in blocks of ${block}; elements have ${width}`);
    }
  }
}

/** The pieces tile the file. Gives how many bytes of the skeleton it takes. */
function checkFile({ streams }: Plan, file: PlanFile): number {
  let [length, skeleton] = [0, 0];
  for (const piece of file.pieces) {
    const size = piece.at(-1) as number;
    length = sum(length, size);
    if (piece.length === 2) skeleton += size;
    const [stream, start] = piece;
    const end = piece.length === 2 ? 0 : start + size;
    if (size === 0 || !(end <= (streams[stream]?.len ?? -1))) {
      fail(`file ${JSON.stringify(file.path)}: no piece [${piece}]`);
    }
  }
  if (length !== file.len) fail(`file ${JSON.stringify(file.path)}: pieces of ${length} bytes, expected ${file.len}`);
  return skeleton;
}

function tensorFault({ files, streams }: Plan, tensor: PlanTensor): string | undefined {
  const { shape, file, stream, range, spans = [] } = tensor;
  if (shape.length > MAX_RANK) return `rank ${shape.length}, at most ${MAX_RANK}`;
  if (file >= files.length) return `file ${file} of ${files.length}`;
  if (stream === 0 || (stream ?? 0) >= streams.length) return `stream ${stream} of ${streams.length}`;
  if (range && !(range[0] + range[1] <= (streams[stream ?? -1]?.len ?? -1))) return `no range [${range}] of its stream`;
  for (const span of spans) {
    if (!(span[1] + span[2] <= (files[span[0]]?.len ?? -1))) return `no span [${span}]`;
  }
  return undefined;
}
