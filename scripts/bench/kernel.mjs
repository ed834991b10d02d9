// The codec alone: jobs already in WebAssembly memory, no reading, planning, placing or copying.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inRoot } from '../lib/paths.mjs';
import { keepBest, now, outcome } from './timing.mjs';

const LAYOUTS = {
  bf16: { name: 'bf16', number: 6, width: 2 },
  fp16: { name: 'f16', number: 5, width: 2 },
  fp32: { name: 'f32', number: 7, width: 4 },
};
const BLOCK_ELEMENTS = 131_072;
const JOB_BYTES = 4 << 20;
/** Bytes of a block's meta that `Codec.meta` gives; length and checksum come first. */
const META_BYTES = 22;

async function engine() {
  const glue = await import(pathToFileURL(inRoot('pkg', 'simd', 'tensorpress_wasm.js')).href);
  const bytes = readFileSync(inRoot('pkg', 'simd', 'tensorpress_wasm_bg.wasm'));
  const { memory } = glue.initSync({ module: new WebAssembly.Module(bytes) });
  return { codec: new glue.Codec(), view: (pointer, length) => new Uint8Array(memory.buffer, pointer, length) };
}

/** What `Codec.decode_group` wants to know: where the job begins, its layout, block and length, then length and checksum of each block. */
function decodeParams(layout, block, rawLength, meta) {
  const count = meta.length / META_BYTES;
  const params = Buffer.alloc(13 + 12 * count);
  params[4] = layout.number;
  params.writeUInt32LE(block, 5);
  params.writeUInt32LE(rawLength, 9);
  for (let i = 0; i < count; i += 1) params.set(meta.subarray(i * META_BYTES, i * META_BYTES + 12), 13 + 12 * i);
  return params;
}

/** Encodes and decodes the raw weights, counting only the time inside the codec. */
export async function kernel(raw, form, effort, times) {
  const { codec, view } = await engine();
  const layout = LAYOUTS[form];
  const block = BLOCK_ELEMENTS * layout.width;
  const paramsOf = (part) =>
    Buffer.from(JSON.stringify([{ raw_len: part.length, params: { layout: layout.name, block, effort } }]));
  let inside;
  const timed = (work) => {
    const started = now();
    work();
    const { seconds, cpu } = now(started);
    inside.seconds += seconds;
    inside.cpu += cpu;
  };
  const load = (bytes) => view(codec.input(bytes.length), bytes.length).set(bytes);
  const output = () => view(codec.output_ptr(), codec.output_len());
  const never = { seconds: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY };
  const best = { encode: { ...never }, decode: { ...never } };
  let compressed = 0;
  for (let i = 0; i < times; i += 1) {
    const jobs = [];
    inside = { seconds: 0, cpu: 0 };
    for (let at = 0; at < raw.length; at += JOB_BYTES) {
      const part = raw.subarray(at, at + JOB_BYTES);
      load(part);
      const params = paramsOf(part);
      timed(() => codec.encode_group(params));
      jobs.push({ part, encoded: output().slice(), params: decodeParams(layout, block, part.length, codec.meta()) });
    }
    keepBest(best.encode, inside);
    compressed = jobs.reduce((total, job) => total + job.encoded.length, 0);
    inside = { seconds: 0, cpu: 0 };
    for (const job of jobs) {
      load(job.encoded);
      timed(() => codec.decode_group(job.params));
      if (Buffer.compare(output(), job.part) !== 0) throw new Error('the kernel did not give the same bytes back');
    }
    keepBest(best.decode, inside);
  }
  codec.free();
  return outcome(`kernel, ${effort}`, raw.length, compressed, best.encode, best.decode);
}
