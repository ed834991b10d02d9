/**
 * onnxruntime-web and onnxruntime-node: compressed ONNX models, external data included.
 *
 * @packageDocumentation
 */
import { type DecompressOptions, decompress, type FileContent, TensorpressError } from 'tensorpress/decode';
import { type Download, openArchiveInput } from './open.js';

/** Options of `loadModel`. */
export interface LoadModelOptions extends Omit<DecompressOptions<'blob'>, 'output' | 'force'> {
  /** Path of the model in the archive, where it holds more than one `.onnx` file. */
  model?: string | undefined;
  /** What brings the archive; by default the runtime's own `fetch`. */
  fetch?: Download | undefined;
}

/** What `InferenceSession.create(model, { externalData })` takes. */
export interface LoadedModel {
  model: Uint8Array<ArrayBuffer>;
  /** The archive's other files by their paths relative to the model; empty where the model has all its weights. */
  externalData: { path: string; data: Blob }[];
}

/**
 * Loads an ONNX model from an archive: an address, or the archive itself as bytes, Blob or stream (a path where there
 * are files). External data comes as Blobs, which runtimes read without holding them twice.
 *
 * ```ts
 * const { model, externalData } = await loadModel('/models/model.tpress')
 * const session = await InferenceSession.create(model, { externalData })
 * ```
 */
export async function loadModel(
  archive: FileContent | string | URL,
  options: LoadModelOptions = {},
): Promise<LoadedModel> {
  const { model: wanted, fetch, ...rest } = options;
  const input = await openArchiveInput(archive, fetch, rest.signal);
  const files = await decompress(input, { ...rest, output: 'blob' });
  const models = files.filter(({ path }) => (wanted === undefined ? path.endsWith('.onnx') : path === wanted));
  const [chosen] = models;
  if (chosen === undefined || models.length > 1) {
    const paths = files.map(({ path }) => path).join(', ');
    const what = wanted === undefined ? `${models.length} ONNX models` : `no file ${wanted}`;
    throw new TensorpressError('invalid-option', `options.model: the archive holds ${what}; its files are ${paths}`);
  }
  const folder = chosen.path.slice(0, chosen.path.lastIndexOf('/') + 1);
  const externalData = files
    .filter((file) => file !== chosen && file.path.startsWith(folder))
    .map(({ path, blob }) => ({ path: path.slice(folder.length), data: blob }));
  return { model: new Uint8Array(await chosen.blob.arrayBuffer()), externalData };
}
