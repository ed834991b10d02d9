// Reads lines of text that it renders itself with PP-OCR's recognition model; the score is the share of characters read.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importFrom } from '../lib/npm.mjs';
import { onnxruntime, openSession, taskPackages } from './packages.mjs';

const HEIGHT = 48;
const FONTS = ['DejaVuSans', 'DejaVuSerif', 'DejaVuSansMono', 'DejaVuSans-Oblique', 'DejaVuSerif-Bold'];
const SIZES = [20, 26, 32];
const LINES = [
  'The quick brown fox jumps over the lazy dog.',
  'Invoice No. 2024-0815, total due: 1,284.50 EUR',
  'Small models travel far, large ones stay at home.',
  'Gate B17 boards at 06:45 for flight LH 2371',
  'Please keep this door closed at all times!',
  'Serial: X9K-44TQ-07ZP / Revision 3b',
  'Half of the weights carry most of the meaning.',
  'Temperature 21.5 C, humidity 48%, pressure 1013 hPa',
  'Return the key to room 204 before 11 a.m.',
  'Every byte that is not sent need not be waited for.',
];

async function renderer() {
  const folder = await taskPackages();
  const { createCanvas, GlobalFonts } = await importFrom(folder, '@napi-rs/canvas');
  for (const font of FONTS) {
    GlobalFonts.registerFromPath(join(folder, 'node_modules', 'dejavu-fonts-ttf', 'ttf', `${font}.ttf`), font);
  }
  return (text, font, size) => {
    const measure = createCanvas(8, 8).getContext('2d');
    measure.font = `${size}px ${font}`;
    const width = Math.ceil(measure.measureText(text).width) + 24;
    const context = createCanvas(width, HEIGHT).getContext('2d');
    context.fillStyle = '#f4f1ea';
    context.fillRect(0, 0, width, HEIGHT);
    context.fillStyle = '#23262b';
    context.font = measure.font;
    context.textBaseline = 'middle';
    context.fillText(text, 12, HEIGHT / 2);
    return { width, pixels: context.getImageData(0, 0, width, HEIGHT).data };
  };
}

/** Planes of blue, green and red from -1 to 1, as the model wants them. */
function planes({ width, pixels }) {
  const area = width * HEIGHT;
  const values = new Float32Array(3 * area);
  for (let i = 0; i < area; i += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      values[channel * area + i] = pixels[4 * i + 2 - channel] / 127.5 - 1;
    }
  }
  return values;
}

/** The most likely symbol of each step, repeats and blanks (symbol 0) left out. */
function greedy({ data, dims: [, steps, symbols] }, alphabet) {
  let [text, last] = ['', 0];
  for (let step = 0; step < steps; step += 1) {
    let best = 0;
    for (let symbol = 1; symbol < symbols; symbol += 1) {
      if (data[step * symbols + symbol] > data[step * symbols + best]) best = symbol;
    }
    if (best !== 0 && best !== last) text += alphabet[best - 1] ?? ' ';
    last = best;
  }
  return text;
}

/** Levenshtein distance. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

/** Prepares the images; the function it gives scores a model, as bytes: share of characters read right. */
export async function ocrTask(model) {
  const [runtime, render] = [await onnxruntime(), await renderer()];
  const alphabet = readFileSync(join(dirname(model.path), 'ppocr_keys_v1.txt'), 'utf8').split('\n');
  const images = LINES.flatMap((text, line) =>
    SIZES.map((size, index) => ({ text, ...render(text, FONTS[(line + index) % FONTS.length], size) })),
  );
  return async (bytes) => {
    const session = await openSession(runtime, bytes);
    let [wrong, total] = [0, 0];
    for (const image of images) {
      const input = new runtime.Tensor('float32', planes(image), [1, 3, HEIGHT, image.width]);
      const output = await session.run({ [session.inputNames[0]]: input });
      wrong += Math.min(image.text.length, distance(image.text, greedy(output[session.outputNames[0]], alphabet)));
      total += image.text.length;
    }
    await session.release();
    return 1 - wrong / total;
  };
}
