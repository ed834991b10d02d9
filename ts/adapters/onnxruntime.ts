/**
 * onnxruntime-web and onnxruntime-node: compressed ONNX models, external data included.
 *
 * @packageDocumentation
 */
import { type FileContent, type StreamOptions, TensorpressError } from 'tensorpress/decode';
import { type Download, streamFrom, unpackFrom } from './unpack-from.js';

/** The form of external data. */
export type External = 'blob' | 'bytes';

/** Options of `loadModel`. */
export interface LoadModelOptions extends StreamOptions {
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
interface Unpacked {
  path: string;
  data: Blob | Uint8Array<ArrayBuffer>;
}

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
  const isModel = (path: string): boolean => (wanted === undefined ? path.endsWith('.onnx') : path === wanted);
  const files: Unpacked[] = [];
  if (external === 'bytes') {
    const unpacked = await unpackFrom(archive, fetch, { ...rest, output: 'bytes' });
    files.push(...unpacked.map(({ path, bytes }) => ({ path, data: bytes })));
  } else {
    for await (const { path, size, stream } of streamFrom(archive, fetch, rest)) {
      files.push({ path, data: isModel(path) ? await bytesOf(path, size, stream) : await blobOf(stream) });
    }
  }
  const models = files.filter(({ path }) => isModel(path));
  const [chosen] = models;
  if (chosen === undefined || models.length > 1) {
    const paths = files.map(({ path }) => path).join(', ');
    const what = wanted === undefined ? `${models.length} ONNX models` : `no file ${wanted}`;
    throw new TensorpressError('invalid-option', `options.model: the archive holds ${what}; its files are ${paths}`);
  }
  const model = chosen.data as Uint8Array<ArrayBuffer>;
  const folder = chosen.path.slice(0, chosen.path.lastIndexOf('/') + 1);
  const others = files.filter((file) => file !== chosen && file.path.startsWith(folder));
  return { model, externalData: others.map(({ path, data }) => ({ path: path.slice(folder.length), data })) };
}

/** A stream's content in one array, without a Blob in between, which would hold it twice. */
async function bytesOf(
  path: string,
  size: number,
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(size);
  } catch (cause) {
    await stream.cancel();
    throw new TensorpressError('limit', `${path} has ${size} bytes, which do not fit into memory`, { cause });
  }
  let at = 0;
  for await (const chunk of chunksOf(stream)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** A stream's content as a Blob, which browsers keep outside of the page's memory. */
async function blobOf(stream: ReadableStream<Uint8Array>): Promise<Blob> {
  const parts: Blob[] = [];
  for await (const chunk of chunksOf(stream)) parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  return new Blob(parts);
}

/** Safari's streams are not iterable. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
