/// <reference lib="esnext.disposable" preserve="true" />
import { type Archive, openContainer } from '../container/archive.js';
import { within } from '../container/faults.js';
import { MAX_PLAN } from '../container/limits.js';
import { guardCaller, operate, TensorpressError } from '../errors.js';
import type { Dtype, Encoding, PlanTensor } from '../generated/engine.js';
import { httpSource } from '../io/http-source.js';
import { type ByteSource, type FileContent, openSingle } from '../io/source.js';
import type { Executor } from '../jobs/executor.js';
import { openExecutor } from '../jobs/open-executor.js';
import { type CommonOptions, checkCommonOptions } from '../options.js';
import type { AnyPlan } from '../plan.js';
import { isPath } from '../realms.js';
import { floatValues, type TensorData, typedArray } from '../tensors/elements.js';
import { archiveTensors, findTensor, type TensorReader, tensorLength } from '../tensors/tensor-reader.js';
import { inflate, ready } from '../wasm/instance.js';

/** A tensor as an archive lists it. */
export interface TensorInfo {
  name: string;
  /** Path of the file that declares it. */
  file: string;
  /** Element type, such as `f32` or `bf16`; `opaque` for blocks of the format's own, which `typeName` names. */
  dtype: Dtype;
  typeName?: string;
  /** Dimensions, outermost first. */
  shape: number[];
  /** How the elements are stored: `plain` (little-endian), or as the format has them. */
  encoding: Encoding;
  /** Length of its bytes: in the file, as listed; as returned, once they are inflated. */
  size: number;
  /** Bytes it takes in the archive; absent for small tensors, which are stored together. */
  stored?: number;
  /** The steps that its weights went through, as in a recipe (JSON); absent if they are the original ones. */
  chain?: string;
}

/** A tensor with its bytes. */
export interface Tensor extends TensorInfo {
  /** Its bytes as in the original file; those of a deflated array inflated, if it has at most 128 MiB of plain elements. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The same memory as elements: bit patterns for `f16` and `bf16`, plain bytes for types that JavaScript does not have. */
  data: TensorData;
  /** The values of a tensor of floats as numbers; refuses other types. */
  toFloats(): Float32Array | Float64Array;
}

/** Describes one of a plan's tensors. @internal */
export function describeTensor(plan: AnyPlan, tensor: PlanTensor): TensorInfo {
  // Tensors that share a stream share its blocks, so none has a size of its own.
  const chain = tensor.stream === undefined ? undefined : plan.streams[tensor.stream]?.chain;
  const stored = tensor.stream === undefined || tensor.range ? undefined : plan.streams[tensor.stream]?.encoded;
  return {
    name: tensor.name,
    file: plan.files[tensor.file]?.path ?? '',
    dtype: tensor.dtype,
    ...(tensor.type_name ? { typeName: tensor.type_name } : {}),
    shape: tensor.shape,
    encoding: tensor.encoding,
    size: tensorLength(plan, tensor),
    ...(stored === undefined ? {} : { stored }),
    ...(chain ? { chain } : {}),
  };
}

/** An open archive, from which single tensors can be read. Close it when done. */
export class TensorArchive {
  readonly #archive: Archive;
  readonly #source: ByteSource;
  readonly #executor: Executor;
  readonly #signal: AbortSignal | undefined;
  readonly #reader: TensorReader;
  #closed = false;

  /** Use `openArchive`. @internal */
  constructor(archive: Archive, source: ByteSource, executor: Executor, signal: AbortSignal | undefined) {
    this.#archive = archive;
    this.#source = source;
    this.#executor = executor;
    this.#signal = signal;
    this.#reader = archiveTensors(archive, source, executor);
  }

  /** The original files. */
  files(): { path: string; size: number; format?: string; digest: string }[] {
    return this.#archive.plan.files.map(({ path, len, format, digest }) => {
      return { path, size: len, ...(format ? { format } : {}), digest };
    });
  }

  /** All tensors. */
  list(): TensorInfo[] {
    return this.#archive.plan.tensors.map((tensor) => describeTensor(this.#archive.plan, tensor));
  }

  /** Reads one tensor, and no bytes but those of the blocks that hold it. */
  async tensor(name: string, options: { file?: string } = {}): Promise<Tensor> {
    const expectOpen = (): void => {
      if (this.#closed) throw new TensorpressError('invalid-option', 'the archive was closed');
    };
    expectOpen();
    return operate(this.#signal, async () => {
      const found = findTensor(this.#archive.plan, name, options.file);
      // Closing gives back what the bytes are decoded with, and ends the download.
      let bytes = await this.#reader.read(found).finally(expectOpen);
      let { dtype, encoding, inflated } = found;
      if (inflated) {
        const [before, length] = inflated;
        within('MAX_PLAN', MAX_PLAN, before + length);
        // Copied where its memory would hold more than what was asked for.
        bytes = inflate(bytes, before + length).slice(before);
        encoding = 'plain';
      }
      return {
        ...describeTensor(this.#archive.plan, found),
        encoding,
        size: bytes.length,
        bytes,
        data: typedArray(dtype, encoding, bytes),
        toFloats() {
          const values = floatValues(dtype, encoding, bytes);
          if (values) return values;
          throw new TensorpressError(
            'unsupported',
            `${name} has ${encoding} elements of type ${dtype}, which are no plain floats`,
          );
        },
      };
    });
  }

  /** Closes files and frees memory. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#executor.close();
    await this.#source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens an archive for random access: a path, bytes, a Blob, or an address on a server that answers Range requests, or of
 * a file where there are files.
 *
 * ```ts
 * const archive = await openArchive(new URL('https://example.org/model.tpress'))
 * const { shape, data } = await archive.tensor('encoder.weight')
 * ```
 */
export async function openArchive(
  input: FileContent | string | URL,
  options: CommonOptions = {},
): Promise<TensorArchive> {
  checkCommonOptions(options);
  const { signal } = options;
  return operate(signal, async () => {
    await ready();
    const source = await openAnywhere(input, signal);
    try {
      const archive = await openContainer(source, signal);
      // A tensor is read alone: for most the calling thread is done before a worker has started.
      const executor = openExecutor(options, source.size, false, 0);
      return new TensorArchive(archive, source, executor, signal);
    } catch (error) {
      await source.close();
      throw error;
    }
  });
}

function openAnywhere(input: FileContent | string | URL, signal: AbortSignal | undefined): Promise<ByteSource> {
  if (!isPath(input) || (typeof input === 'string' && !/^https?:\/\//.test(input))) return openSingle(input, signal);
  const url = guardCaller('input', () => new URL(input));
  return __FILES__ && url.protocol === 'file:' ? openSingle(url, signal) : httpSource(url, signal);
}
