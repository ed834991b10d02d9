/**
 * TensorFlow.js: an IOHandler that loads a layers or graph model from an archive of its folder.
 *
 * @packageDocumentation
 */
import { type CommonOptions, type FileContent, TensorpressError } from 'tensorpress/decode';
import { type Download, unpackFrom } from './unpack-from.js';

/** The part of TensorFlow.js's `ModelArtifacts` that loading needs; a `tf.io.ModelArtifacts`. */
export interface ModelArtifacts {
  modelTopology?: object;
  weightSpecs: unknown[];
  weightData: ArrayBuffer;
  format?: string;
  generatedBy?: string;
  convertedBy?: string;
  signature?: object;
  userDefinedMetadata?: object;
  modelInitializer?: object;
  trainingConfig?: object;
}

interface ModelJson extends Omit<ModelArtifacts, 'weightSpecs' | 'weightData'> {
  weightsManifest?: { paths: string[]; weights: unknown[] }[];
}

const KEPT = [
  'modelTopology',
  'format',
  'generatedBy',
  'convertedBy',
  'signature',
  'userDefinedMetadata',
  'modelInitializer',
  'trainingConfig',
] as const;

/** Options of `fromArchive`. */
export interface TfjsOptions extends CommonOptions {
  /** Path of the model's JSON in the archive; by default the only one that ends in `model.json`. */
  model?: string | undefined;
  /** What downloads the archive; by default the runtime's own `fetch`. */
  fetch?: Download | undefined;
}

/**
 * An IOHandler for `tf.loadLayersModel` and `tf.loadGraphModel`. The archive is that of the model's folder: `model.json`
 * and its shards.
 *
 * ```ts
 * const model = await tf.loadGraphModel(fromArchive('/models/model.tpress'))
 * ```
 */
export function fromArchive(
  archive: FileContent | URL | string,
  options: TfjsOptions = {},
): { load(): Promise<ModelArtifacts> } {
  return {
    async load() {
      const { model: wanted, fetch, ...rest } = options;
      const unpacked = await unpackFrom(archive, fetch, { ...rest, output: 'bytes' });
      const files = new Map(unpacked.map(({ path, bytes }) => [path, bytes]));
      const path = modelPath([...files.keys()], wanted);
      return artifactsOf(path, files);
    },
  };
}

function modelPath(paths: string[], wanted: string | undefined): string {
  const found = paths.filter((path) => (wanted === undefined ? /(^|\/)model\.json$/.test(path) : path === wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const detail = `found ${found.length} of that name; the archive's files are ${paths.join(', ')}`;
  throw new TensorpressError('invalid-option', `options.model: expected ${wanted ?? 'one model.json'}, ${detail}`);
}

function parse(path: string, text: string): ModelJson {
  try {
    return JSON.parse(text) as ModelJson;
  } catch (cause) {
    throw new TensorpressError('invalid-option', `${path} of the archive is no JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function artifactsOf(path: string, files: Map<string, Uint8Array<ArrayBuffer>>): ModelArtifacts {
  const json = parse(path, new TextDecoder().decode(files.get(path)));
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const manifest = json.weightsManifest ?? [];
  const shards = manifest
    .flatMap((group) => group.paths)
    .map((name) => {
      const bytes = files.get(folder + name);
      if (bytes) return bytes;
      throw new TensorpressError('invalid-option', `${path} names the shard ${name}, which the archive does not hold`);
    });
  const weights = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0));
  let at = 0;
  for (const shard of shards) {
    weights.set(shard, at);
    at += shard.length;
  }
  const artifacts: ModelArtifacts = {
    weightSpecs: manifest.flatMap((group) => group.weights),
    weightData: weights.buffer,
  };
  for (const name of KEPT) if (json[name] != null) Object.assign(artifacts, { [name]: json[name] });
  return artifacts;
}
