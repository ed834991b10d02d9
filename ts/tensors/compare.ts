import { checkAborted } from '../errors.js';
import type { PlanTensor } from '../generated/engine.js';
import type { Span } from '../plan.js';
import { floatValues } from './elements.js';
import type { OpenModel } from './open-model.js';
import { tensorLength } from './tensor-reader.js';

/** How far the floats of a tensor are from those of another. */
export interface Errors {
  /** Largest difference of two elements. */
  maxAbsError: number;
  /** Mean difference of two elements. */
  meanAbsError: number;
  /** Signal-to-noise ratio in decibels: infinite where nothing differs. */
  sqnr: number;
  /** Cosine of the angle between both. */
  cosine: number;
  /** Share of the second tensor's elements that are 0. */
  sparsity: number;
}

/** Takes two runs of numbers part by part; elements that are both not a number count as equal. */
class ErrorSum {
  #count = 0;
  #most = 0;
  #sum = 0;
  #signal = 0;
  #noise = 0;
  #dot = 0;
  #norm = 0;
  #zeros = 0;

  add(a: ArrayLike<number>, b: ArrayLike<number>): void {
    let [most, sum, signal, noise, dot, norm, zeros] = [0, 0, 0, 0, 0, 0, 0];
    for (let index = 0; index < a.length; index += 1) {
      const x = a[index] as number;
      const y = b[index] as number;
      if (y === 0) zeros += 1;
      if (Number.isFinite(x)) signal += x * x;
      if (Number.isFinite(y)) norm += y * y;
      if (Number.isFinite(x) && Number.isFinite(y)) dot += x * y;
      if (Object.is(x, y) || x === y) continue;
      const error = Math.abs(x - y);
      // A number against none, or infinities of two signs: as far apart as can be.
      const size = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
      most = Math.max(most, size);
      sum += size;
      noise += size * size;
    }
    this.#count += a.length;
    this.#most = Math.max(this.#most, most);
    this.#sum += sum;
    this.#signal += signal;
    this.#noise += noise;
    this.#dot += dot;
    this.#norm += norm;
    this.#zeros += zeros;
  }

  errors(): Errors {
    const count = Math.max(this.#count, 1);
    const same = this.#noise === 0;
    return {
      maxAbsError: this.#most,
      meanAbsError: this.#sum / count,
      sqnr: same ? Number.POSITIVE_INFINITY : 10 * Math.log10(this.#signal / this.#noise),
      cosine: same ? 1 : this.#dot / (Math.sqrt(this.#signal * this.#norm) || 1),
      sparsity: this.#zeros / count,
    };
  }
}

/** Bytes of a tensor that are compared at once, more or less: so memory stays bounded, and no array becomes too long. */
const PART = 32 << 20;

/** A range of a tensor's bytes as a tensor that can be read. */
function rangeOf(tensor: PlanTensor, start: number, length: number): PlanTensor {
  if (tensor.stream !== undefined) return { ...tensor, range: [(tensor.range?.[0] ?? 0) + start, length] };
  const spans: Span[] = [];
  let [skip, left] = [start, length];
  for (const [file, offset, size] of tensor.spans ?? []) {
    const from = Math.min(skip, size);
    const taken = Math.min(size - from, left);
    if (taken > 0) spans.push([file, offset + from, taken]);
    skip -= from;
    left -= taken;
  }
  return { ...tensor, spans };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** One side of a comparison. @internal */
export interface Side {
  model: OpenModel;
  tensor: PlanTensor;
}

/** Whether a tensor's elements are numbers that `floatValues` reads. */
function holdsFloats({ dtype, encoding }: PlanTensor): boolean {
  return floatValues(dtype, encoding, new Uint8Array(0)) !== undefined;
}

/**
 * Compares two tensors of one shape, `alike` where their types are the same: whether their bytes are equal, and else how
 * far apart their floats are, if that is what both hold. `onPart` is told of bytes of the first that are dealt with.
 *
 * @internal
 */
export async function compareValues(
  a: Side,
  b: Side,
  alike: boolean,
  onPart: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<{ equal: boolean; errors?: Errors }> {
  const lengths = [a, b].map(({ model, tensor }) => tensorLength(model.plan, tensor)) as [number, number];
  const elements = a.tensor.shape.reduce((product, size) => product * size, 1);
  let [one, other] = lengths.map((length) => length / Math.max(elements, 1)) as [number, number];
  let count = elements;
  const floats = holdsFloats(a.tensor) && holdsFloats(b.tensor) && Number.isInteger(one) && Number.isInteger(other);
  if (!floats) {
    if (!alike || lengths[0] !== lengths[1]) return { equal: false };
    // Elements may share bytes, which are compared whatever they mean.
    [one, other, count] = [1, 1, lengths[0]];
  }
  const step = Math.max(1, Math.floor(PART / Math.max(one, other, 1)));
  const read = ({ model, tensor }: Side, width: number, start: number) => {
    checkAborted(signal);
    return model.read(rangeOf(tensor, start * width, Math.min(step, count - start) * width));
  };
  const values = ({ tensor }: Side, bytes: Uint8Array<ArrayBuffer>) => {
    return floatValues(tensor.dtype, tensor.encoding, bytes) ?? [];
  };
  let sum: ErrorSum | undefined = alike ? undefined : new ErrorSum();
  for (let start = 0; start < count; start += step) {
    const [left, right] = [await read(a, one, start), await read(b, other, start)];
    onPart(left.length);
    if (sum === undefined) {
      if (sameBytes(left, right)) continue;
      if (!floats) return { equal: false };
      sum = new ErrorSum();
      // What was equal so far counts, too.
      for (let before = 0; before < start; before += step) {
        const same = values(a, await read(a, one, before));
        sum.add(same, same);
      }
    }
    sum.add(values(a, left), values(b, right));
  }
  return sum === undefined ? { equal: true } : { equal: false, errors: sum.errors() };
}
