import * as ort from 'onnxruntime-node';
import { loadModel } from 'tensorpress/onnxruntime';

/** Makes a session from an archive: an address, a path, bytes or a Blob. */
export async function open(archive) {
  // onnxruntime-web takes external data as the Blobs that it is by default.
  const { model, externalData } = await loadModel(archive, { external: 'bytes' });
  return ort.InferenceSession.create(model, externalData.length > 0 ? { externalData } : {});
}
