// Doubles a picture with ESRGAN in TensorFlow.js; the scores are the likeness to what the untouched model makes of it, and
// to the picture that was made small.
import { join } from 'node:path';
import { ensurePackages, importFrom } from '../lib/npm.mjs';
import { taskPackages } from './packages.mjs';

const PACKAGES = { '@tensorflow/tfjs': '4.22.0', '@tensorflow/tfjs-backend-wasm': '4.22.0' };
const SCALE = 2;

/** TensorFlow.js on its WebAssembly backend, one thread, with the layers of ESRGAN that are not its own. */
async function tensorflow() {
  const folder = await ensurePackages('upscale', PACKAGES);
  const tf = await importFrom(folder, '@tensorflow/tfjs');
  const backend = await importFrom(folder, '@tensorflow/tfjs-backend-wasm');
  backend.setThreadsCount(1);
  backend.setWasmPaths(join(folder, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist', '/'));
  await tf.setBackend('wasm');
  const first = (inputs) => (Array.isArray(inputs) ? inputs[0] : inputs);
  class MultiplyBeta extends tf.layers.Layer {
    static className = 'MultiplyBeta';
    constructor() {
      super({});
    }
    call(inputs) {
      return tf.mul(first(inputs), 0.2);
    }
  }
  class PixelShuffle extends tf.layers.Layer {
    static className = `PixelShuffle${SCALE}x`;
    constructor() {
      super({});
    }
    computeOutputShape([count, height, width]) {
      return [count, height, width, 3];
    }
    call(inputs) {
      return tf.depthToSpace(first(inputs), SCALE, 'NHWC');
    }
  }
  for (const layer of [MultiplyBeta, PixelShuffle]) tf.serialization.registerClass(layer);
  return tf;
}

/** Red, green and blue of a picture, 0 to 1. */
async function pictureOf(path) {
  const { createCanvas, loadImage } = await importFrom(await taskPackages(), '@napi-rs/canvas');
  const image = await loadImage(path);
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return {
    width,
    height,
    values: Float32Array.from({ length: width * height * 3 }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)] / 255),
  };
}

/** The picture at half its size, each pixel the mean of four. */
function halved({ width, height, values }) {
  const [columns, rows] = [width / 2, height / 2];
  const at = (row, column, channel) => values[3 * (row * width + column) + channel];
  const mean = (index) => {
    const [channel, column, row] = [
      index % 3,
      2 * (Math.floor(index / 3) % columns),
      2 * Math.floor(index / 3 / columns),
    ];
    let sum = 0;
    for (const [down, right] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ])
      sum += at(row + down, column + right, channel);
    return sum / 4;
  };
  return { width: columns, height: rows, values: Float32Array.from({ length: columns * rows * 3 }, (_, i) => mean(i)) };
}

/** Peak signal-to-noise ratio in decibels; values beyond 0 to 1 are clipped as a screen does. */
function psnr(a, b) {
  const clip = (value) => Math.min(Math.max(value, 0), 1);
  const noise = a.reduce((sum, value, i) => sum + (clip(value) - clip(b[i])) ** 2, 0) / a.length;
  return -10 * Math.log10(noise);
}

/** Prepares the picture; the function it gives scores a model, as `[{ path, bytes }]`. */
export async function upscaleTask(picturePath, original) {
  const [tf, picture] = [await tensorflow(), await pictureOf(picturePath)];
  const small = halved(picture);
  const upscale = async (files) => {
    const bytesOf = (name) => files.find(({ path }) => path.endsWith(name)).bytes;
    const { modelTopology, weightsManifest } = JSON.parse(Buffer.from(bytesOf('model.json')).toString());
    const shards = weightsManifest.flatMap(({ paths }) => paths.map(bytesOf));
    const weightData = Uint8Array.from(Buffer.concat(shards)).buffer;
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
    const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
    const input = tf.tensor(small.values, [1, small.height, small.width, 3]);
    const output = model.predict(input);
    const values = await output.data();
    tf.dispose([input, output]);
    model.dispose();
    return values;
  };
  const expected = await upscale(original);
  return async (files) => {
    const found = await upscale(files);
    return { 'PSNR to the untouched': psnr(found, expected), 'PSNR to the picture': psnr(found, picture.values) };
  };
}
