// Models made from a seed, so that a failure can be repeated.

/** Numbers from 0 to 1 that depend on the seed only. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Weights as networks have them: a bell around zero. */
export function weights(count, seed) {
  const next = random(seed);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index += 1) values[index] = (next() + next() + next() - 1.5) * 0.05;
  return values;
}

/** A safetensors file: `[{name, dtype, shape, bytes}]`. */
export function safetensors(tensors) {
  const header = {};
  let at = 0;
  for (const { name, dtype, shape, bytes } of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.byteLength] };
    at += bytes.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc(-text.length & 7, 32)]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const parts = tensors.map(({ bytes }) => Buffer.from(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength));
  return Uint8Array.from(Buffer.concat([length, padded, ...parts]));
}

/** A model with tensors of several sizes and types; `count` is the size of the largest. */
export function model(count = 300_000, seed = 1) {
  const large = weights(count, seed);
  const half = Uint16Array.from(new Uint32Array(weights(50_001, seed + 1).buffer), (bits) => bits >>> 16);
  return safetensors([
    { name: 'encoder.weight', dtype: 'F32', shape: [count], bytes: large },
    { name: 'decoder.weight', dtype: 'BF16', shape: [50_001], bytes: half },
    { name: 'tied.weight', dtype: 'F32', shape: [count], bytes: large },
    { name: 'zero', dtype: 'F32', shape: [100, 100], bytes: new Float32Array(10_000) },
    { name: 'ids', dtype: 'I64', shape: [4], bytes: BigInt64Array.from([1n, -2n, 3n, 2n ** 62n]) },
    { name: 'bias', dtype: 'F32', shape: [3], bytes: Float32Array.from([0.5, -1, 2]) },
  ]);
}

/** A stream that gives the bytes in chunks of a size that divides nothing. */
export function streamOf(bytes, size = 70_001) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

/** All bytes of a stream. */
export async function collect(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Uint8Array.from(Buffer.concat(parts));
}
