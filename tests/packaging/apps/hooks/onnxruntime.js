import * as ort from 'onnxruntime-node'; // or onnxruntime-web
import { loadModel } from 'tensorpress/onnxruntime';

/** Makes a session from an archive: an address, a path, bytes or a Blob. */
export async function open(archive) {
  const { model, externalData } = await loadModel(archive);
  return ort.InferenceSession.create(model, externalData.length > 0 ? { externalData } : {});
}
