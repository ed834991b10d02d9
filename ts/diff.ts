import { checkAborted, operate } from './errors.js';
import type { PlanTensor } from './generated/engine.js';
import { type OpenModel, openModel } from './models.js';
import { floatValues } from './numbers.js';
import { type CommonOptions, checkDiffOptions, type FolderOptions } from './options.js';
import { ProgressMeter } from './progress.js';
import type { Input } from './source.js';
import { tensorLength } from './tensors.js';
import { ready } from './wasm.js';

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

/** What became of a tensor between two models; with its errors where both are floats of one shape that differ. */
export interface TensorChange extends Partial<Errors> {
  name: string;
  status: 'equal' | 'changed' | 'added' | 'removed';
  /** What differs, for `changed`: the element type, the shape, or values. */
  what?: 'dtype' | 'shape' | 'values';
  /** `f32 [2,3]` in the first and second model, where it is there. */
  before?: string;
  after?: string;
}

/** Options of `diff`. */
export interface DiffOptions extends CommonOptions, FolderOptions {
  /** For tensors that are called otherwise in the second model: their names there, by those in the first. */
  rename?: Record<string, string> | undefined;
}

/** What differs between two models. */
export interface Difference {
  /** Whether all tensors are equal. */
  equal: boolean;
  counts: Record<TensorChange['status'], number>;
  /** All tensors: those of the first model in its order, then those that only the second has. */
  tensors: TensorChange[];
}

function typeOf(tensor: PlanTensor): string {
  return `${tensor.type_name || tensor.dtype} [${tensor.shape.join(',')}]`;
}

/** Tensors by name; a name that occurs again gets a number, so that the first meets the first. */
function byName(model: OpenModel): Map<string, PlanTensor> {
  const found = new Map<string, PlanTensor>();
  for (const tensor of model.plan.tensors) {
    let name = tensor.name;
    for (let count = 2; found.has(name); count += 1) name = `${tensor.name}#${count}`;
    found.set(name, tensor);
  }
  return found;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** How far two runs of numbers are apart; elements that are both not a number count as equal. */
function errorsOf(a: ArrayLike<number>, b: ArrayLike<number>): Errors {
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
  const count = Math.max(a.length, 1);
  return {
    maxAbsError: most,
    meanAbsError: sum / count,
    sqnr: noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise),
    cosine: noise === 0 ? 1 : dot / (Math.sqrt(signal * norm) || 1),
    sparsity: zeros / count,
  };
}

async function compare(a: OpenModel, x: PlanTensor, b: OpenModel, y: PlanTensor): Promise<Omit<TensorChange, 'name'>> {
  const types = { before: typeOf(x), after: typeOf(y) };
  const sameShape = x.shape.length === y.shape.length && x.shape.every((size, index) => size === y.shape[index]);
  if (!sameShape) return { status: 'changed', what: 'shape', ...types };
  const [left, right] = [await a.read(x), await b.read(y)];
  const sameType = x.dtype === y.dtype && x.encoding === y.encoding && (x.type_name ?? '') === (y.type_name ?? '');
  if (sameType && sameBytes(left, right)) return { status: 'equal', ...types };
  const values = [floatValues(x.dtype, x.encoding, left), floatValues(y.dtype, y.encoding, right)] as const;
  const comparable = values[0] && values[1] && values[0].length === values[1].length;
  return {
    status: 'changed',
    what: sameType ? 'values' : 'dtype',
    ...types,
    ...(comparable ? errorsOf(values[0] ?? [], values[1] ?? []) : {}),
  };
}

/**
 * Compares two models tensor by tensor, whatever their formats, compressed or not.
 *
 * ```ts
 * const { equal, tensors } = await diff('model.safetensors', 'model.tpress')
 * ```
 */
export async function diff(before: Input, after: Input, options: DiffOptions = {}): Promise<Difference> {
  checkDiffOptions(options);
  const { signal } = options;
  return operate(signal, async () => {
    await ready();
    const a = await openModel(before, options);
    try {
      const b = await openModel(after, options);
      try {
        return await diffModels(a, b, options);
      } finally {
        await b.close();
      }
    } finally {
      await a.close();
    }
  });
}

async function diffModels(a: OpenModel, b: OpenModel, options: DiffOptions): Promise<Difference> {
  const [left, right] = [byName(a), byName(b)];
  const tensors: TensorChange[] = [];
  const met = new Set<string>();
  const total = [...left.values()].reduce((sum, tensor) => sum + tensorLength(a.plan, tensor), 0);
  const progress = new ProgressMeter('compare', total, options.onProgress);
  for (const [name, x] of left) {
    checkAborted(options.signal);
    const other = options.rename && Object.hasOwn(options.rename, name) ? options.rename[name] : name;
    const y = right.get(other ?? name);
    met.add(other ?? name);
    tensors.push(
      y === undefined ? { name, status: 'removed', before: typeOf(x) } : { name, ...(await compare(a, x, b, y)) },
    );
    progress.add(tensorLength(a.plan, x));
  }
  for (const [name, y] of right) {
    if (!met.has(name)) tensors.push({ name, status: 'added', after: typeOf(y) });
  }
  progress.finish();
  const counts = { equal: 0, changed: 0, added: 0, removed: 0 };
  for (const { status } of tensors) counts[status] += 1;
  return { equal: counts.equal === tensors.length, counts, tensors };
}
