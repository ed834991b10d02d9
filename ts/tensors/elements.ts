import type { Dtype, Encoding } from '../generated/engine.js';

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

const ARRAYS: Partial<
  Record<Dtype, { new (buffer: ArrayBuffer, offset: number, length: number): TensorData; BYTES_PER_ELEMENT: number }>
> = {
  f64: Float64Array,
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
};

/** A typed array over a tensor's bytes: the element type's own, bit patterns for fp16 and bf16, else plain bytes. */
export function typedArray(dtype: Dtype, encoding: Encoding, bytes: Uint8Array<ArrayBuffer>): TensorData {
  const Elements = encoding === 'plain' ? ARRAYS[dtype] : undefined;
  const width = Elements?.BYTES_PER_ELEMENT ?? 1;
  if (Elements === undefined || bytes.length % width !== 0) return bytes;
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return new Elements(aligned.buffer, aligned.byteOffset, aligned.length / width);
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
