// What runs models: onnxruntime, and what makes their inputs.
import { ensurePackages, importFrom } from '../lib/npm.mjs';

const PACKAGES = {
  '@huggingface/transformers': '4.3.1',
  '@napi-rs/canvas': '1.1.1',
  '@tensorflow/tfjs': '4.22.0',
  'dejavu-fonts-ttf': '2.37.3',
  'onnxruntime-node': '1.30.0',
};

/** The folder that holds them. */
export const taskPackages = () => ensurePackages('tasks', PACKAGES, { ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip' });

/** onnxruntime-node. */
export async function onnxruntime() {
  return importFrom(await taskPackages(), 'onnxruntime-node');
}

/** A session of one thread, so that its results repeat. */
export async function openSession(runtime, model) {
  return runtime.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
}
