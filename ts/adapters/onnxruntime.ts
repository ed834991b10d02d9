/**
 * onnxruntime-web and onnxruntime-node: compressed ONNX models, external data included.
 *
 * @packageDocumentation
 */
import { type DecompressOptions, type DecompressResult, type FileContent, TensorpressError } from 'tensorpress/decode';
import { type Download, unpackFrom } from './unpack-from.js';

/** The form of external data. */
export type External = 'blob' | 'bytes';

/** Options of `loadModel`. */
export interface LoadModelOptions extends Omit<DecompressOptions<'blob'>, 'output' | 'force'> {
  /** Path of the model in the archive, where it holds more than one `.onnx` file. */
  model?: string | undefined;
  /**
   * External data as Blobs, which onnxruntime-web reads without holding them twice, or as bytes, the only form that
   * onnxruntime-node takes. Default `'blob'`.
   */
  external?: External | undefined;
  /** What downloads the archive; by default the runtime's own `fetch`. */
  fetch?: Download | undefined;
}

/** What `InferenceSession.create(model, { externalData })` takes. */
export interface LoadedModel<Data extends Blob | Uint8Array<ArrayBuffer> = Blob> {
  model: Uint8Array<ArrayBuffer>;
  /** The archive's other files by their paths relative to the model; empty where the model has all its weights. */
  externalData: { path: string; data: Data }[];
}

/** A file of the archive. */
type Unpacked = DecompressResult<'blob'>[number] | DecompressResult<'bytes'>[number];

/**
 * Loads an ONNX model from an archive: an address, or the archive itself as bytes, Blob or stream (a path where there
 * are files).
 *
 * ```ts
 * const { model, externalData } = await loadModel('/models/model.tpress')
 * const session = await InferenceSession.create(model, { externalData })
 * ```
 */
export async function loadModel(
  archive: FileContent | string | URL,
  options: LoadModelOptions & { external: 'bytes' },
): Promise<LoadedModel<Uint8Array<ArrayBuffer>>>;
export async function loadModel(archive: FileContent | string | URL, options?: LoadModelOptions): Promise<LoadedModel>;
export async function loadModel(
  archive: FileContent | string | URL,
  options: LoadModelOptions = {},
): Promise<LoadedModel<Blob | Uint8Array<ArrayBuffer>>> {
  const { model: wanted, external = 'blob', fetch, ...rest } = options;
  if (external !== 'blob' && external !== 'bytes') {
    throw new TensorpressError('invalid-option', `options.external: expected 'blob' or 'bytes', found ${external}`);
  }
  // Without a Blob in between, which would hold everything twice, where nobody wants one.
  const files: Unpacked[] =
    external === 'bytes'
      ? await unpackFrom(archive, fetch, { ...rest, output: 'bytes' })
      : await unpackFrom(archive, fetch, { ...rest, output: 'blob' });
  const models = files.filter(({ path }) => (wanted === undefined ? path.endsWith('.onnx') : path === wanted));
  const [chosen] = models;
  if (chosen === undefined || models.length > 1) {
    const paths = files.map(({ path }) => path).join(', ');
    const what = wanted === undefined ? `${models.length} ONNX models` : `no file ${wanted}`;
    throw new TensorpressError('invalid-option', `options.model: the archive holds ${what}; its files are ${paths}`);
  }
  const folder = chosen.path.slice(0, chosen.path.lastIndexOf('/') + 1);
  const others = files.filter((file) => file !== chosen && file.path.startsWith(folder));
  const externalData = others.map((file) => {
    return { path: file.path.slice(folder.length), data: 'bytes' in file ? file.bytes : file.blob };
  });
  return { model: await bytesOf(chosen), externalData };
}

async function bytesOf(file: Unpacked): Promise<Uint8Array<ArrayBuffer>> {
  return 'bytes' in file ? file.bytes : new Uint8Array(await file.blob.arrayBuffer());
}
