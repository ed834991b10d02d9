import * as tf from '@tensorflow/tfjs';
import { fromArchive } from 'tensorpress/tfjs';

/** Loads a layers model; `tf.loadGraphModel` takes the same. */
export function open(archive) {
  return tf.loadLayersModel(fromArchive(archive));
}
