import { checkAborted, operate, TensorpressError } from '../errors.js';
import type { PlanTensor } from '../generated/engine.js';
import type { Input } from '../io/source.js';
import { type CommonOptions, checkDiffOptions, type FolderOptions } from '../options.js';
import { ProgressMeter } from '../progress.js';
import { compareValues, type Errors, type Side } from '../tensors/compare.js';
import { type OpenModel, openModel } from '../tensors/open-model.js';
import { tensorLength } from '../tensors/tensor-reader.js';
import { ready } from '../wasm/instance.js';

/** How a tensor differs between two models; with errors if both are floats of the same shape. */
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
  /** Names of tensors in the second model by their names in the first, where they differ. */
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

async function compare(
  a: Side,
  b: Side,
  onPart: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<Omit<TensorChange, 'name'>> {
  const [x, y] = [a.tensor, b.tensor];
  const types = { before: typeOf(x), after: typeOf(y) };
  const sameShape = x.shape.length === y.shape.length && x.shape.every((size, index) => size === y.shape[index]);
  if (!sameShape) return { status: 'changed', what: 'shape', ...types };
  const sameType = x.dtype === y.dtype && x.encoding === y.encoding && (x.type_name ?? '') === (y.type_name ?? '');
  const { equal, errors } = await compareValues(a, b, sameType, onPart, signal);
  if (equal) return { status: 'equal', ...types };
  return { status: 'changed', what: sameType ? 'values' : 'dtype', ...types, ...errors };
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
  for (const name of Object.keys(options.rename ?? {})) {
    if (left.has(name)) continue;
    throw new TensorpressError(
      'invalid-option',
      `options.rename: the first model has no tensor ${JSON.stringify(name)}`,
    );
  }
  const tensors: TensorChange[] = [];
  const met = new Set<string>();
  const total = [...left.values()].reduce((sum, tensor) => sum + tensorLength(a.plan, tensor), 0);
  const progress = new ProgressMeter('compare', total, options.onProgress);
  for (const [name, x] of left) {
    checkAborted(options.signal);
    const other = options.rename && Object.hasOwn(options.rename, name) ? options.rename[name] : name;
    const y = right.get(other ?? name);
    met.add(other ?? name);
    let remaining = tensorLength(a.plan, x);
    const onPart = (bytes: number): void => {
      remaining -= bytes;
      progress.add(bytes);
    };
    if (y === undefined) {
      tensors.push({ name, status: 'removed', before: typeOf(x) });
    } else {
      const sides = [
        { model: a, tensor: x },
        { model: b, tensor: y },
      ] as const;
      tensors.push({ name, ...(await compare(...sides, onPart, options.signal)) });
    }
    progress.add(remaining);
  }
  for (const [name, y] of right) {
    if (!met.has(name)) tensors.push({ name, status: 'added', after: typeOf(y) });
  }
  progress.finish();
  const counts = { equal: 0, changed: 0, added: 0, removed: 0 };
  for (const { status } of tensors) counts[status] += 1;
  return { equal: counts.equal === tensors.length, counts, tensors };
}
