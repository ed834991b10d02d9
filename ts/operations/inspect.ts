import { operate } from '../errors.js';
import type { Input } from '../io/source.js';
import { type CommonOptions, checkInspectOptions, type FolderOptions } from '../options.js';
import { openModel } from '../tensors/open-model.js';
import { ready } from '../wasm/instance.js';
import { describeTensor, type TensorInfo } from './open-archive.js';

/** Options of `inspect`. */
export interface InspectOptions extends CommonOptions, FolderOptions {}

/** What `inspect` says about a file. */
export interface InspectedFile {
  path: string;
  size: number;
  /** The format whose reader mapped the file; absent where it is plain bytes. */
  format?: string;
  /** XXH3-128 of the file, for archives. */
  digest?: string;
  /** What a user should know, such as why no reader mapped the file. */
  note?: string;
  /** Whether weights of the file were changed: then `digest` is that of the original, not of what is restored. */
  approximate?: boolean;
}

/** What `inspect` says. */
export interface Inspection {
  /** Whether the input is a `.tpress` archive. */
  compressed: boolean;
  /** Bytes of the input. */
  size: number;
  /** Bytes of the original files. */
  raw: number;
  files: InspectedFile[];
  tensors: TensorInfo[];
}

/**
 * Lists the files and tensors of a model or an archive, without reading its weights.
 *
 * ```ts
 * const { files, tensors } = await inspect('model.onnx')
 * ```
 */
export async function inspect(input: Input, options: InspectOptions = {}): Promise<Inspection> {
  checkInspectOptions(options);
  const { signal } = options;
  return operate(signal, async () => {
    await ready();
    const { plan, compressed, size, close } = await openModel(input, options);
    await close();
    return {
      compressed,
      size,
      raw: plan.files.reduce((sum, { len }) => sum + len, 0),
      files: plan.files.map(({ path, len, format, digest, note, approximate }) => ({
        path,
        size: len,
        ...(format ? { format } : {}),
        ...(digest ? { digest } : {}),
        ...(note ? { note } : {}),
        ...(approximate ? { approximate } : {}),
      })),
      tensors: plan.tensors.map((tensor) => describeTensor(plan, tensor)),
    };
  });
}
