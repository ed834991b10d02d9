import type { Dtype, Encoding } from './generated/engine.js';

/** Typed arrays in which a tensor's elements can be read. */
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

type Maker = (buffer: ArrayBuffer, offset: number, length: number) => TensorData;

const MAKERS: Partial<Record<Dtype, [bytes: number, make: Maker]>> = {
  f64: [8, (b, o, n) => new Float64Array(b, o, n)],
  f32: [4, (b, o, n) => new Float32Array(b, o, n)],
  f16: [2, (b, o, n) => new Uint16Array(b, o, n)],
  bf16: [2, (b, o, n) => new Uint16Array(b, o, n)],
  i64: [8, (b, o, n) => new BigInt64Array(b, o, n)],
  u64: [8, (b, o, n) => new BigUint64Array(b, o, n)],
  i32: [4, (b, o, n) => new Int32Array(b, o, n)],
  u32: [4, (b, o, n) => new Uint32Array(b, o, n)],
  i16: [2, (b, o, n) => new Int16Array(b, o, n)],
  u16: [2, (b, o, n) => new Uint16Array(b, o, n)],
  i8: [1, (b, o, n) => new Int8Array(b, o, n)],
};

/** A typed array over a tensor's bytes: the element type's own, bit patterns for fp16 and bf16, else plain bytes. */
export function typedArray(dtype: Dtype, encoding: Encoding, bytes: Uint8Array<ArrayBuffer>): TensorData {
  const [width, make] = (encoding === 'plain' ? MAKERS[dtype] : undefined) ?? [1, undefined];
  if (make === undefined || bytes.length % width !== 0) return bytes;
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return make(aligned.buffer, aligned.byteOffset, aligned.length / width);
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 0x3ff;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

function fromHalves(bits: Uint16Array): Float32Array {
  const table = new Float32Array(1 << 16);
  for (let value = 0; value < table.length; value += 1) table[value] = fromHalf(value);
  return Float32Array.from(bits, (value) => table[value] as number);
}

function fromBrain(bits: Uint16Array): Float32Array {
  const words = Uint32Array.from(bits, (value) => value << 16);
  return new Float32Array(words.buffer);
}

/** The values of a tensor of floats; `undefined` for other types. */
export function floatValues(
  dtype: Dtype,
  encoding: Encoding,
  bytes: Uint8Array<ArrayBuffer>,
): Float64Array | Float32Array | undefined {
  const data = typedArray(dtype, encoding, bytes);
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  if (data instanceof Uint16Array && dtype === 'f16') return fromHalves(data);
  if (data instanceof Uint16Array && dtype === 'bf16') return fromBrain(data);
  return undefined;
}
