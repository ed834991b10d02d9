// Drives a built module from Node without any of the TypeScript: node crates/wasm/tests/smoke.mjs <folder of wasm-pack>
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.argv[2] ?? 'pkg/simd');
const wasm = await import(pathToFileURL(`${folder}/tensorpress_wasm.js`));
const { memory } = wasm.initSync({ module: readFileSync(`${folder}/tensorpress_wasm_bg.wasm`) });

const put = (pointer, bytes) => new Uint8Array(memory.buffer, pointer, bytes.length).set(bytes);
const slice = (bytes, offset, length) => bytes.slice(offset, offset + length);

/** Answers a sans-I/O machine from files in memory. */
function drive(machine, files) {
  for (;;) {
    const step = JSON.parse(machine.poll());
    if (step === 'done') return machine.finish();
    const { need } = step;
    machine.supply(slice(files[need.file], need.offset, need.len));
  }
}

export function compress(files, options = {}) {
  const bytes = files.map((file) => file.bytes);
  const list = files.map(({ path, bytes: { length: len } }) => ({ path, len }));
  const compressor = drive(new wasm.Planner(JSON.stringify(list), JSON.stringify(options)), bytes);
  const codec = new wasm.Codec();
  const parts = [];
  for (const job of JSON.parse(compressor.jobs())) {
    const raw = Buffer.concat(job.spans.map(([file, offset, length]) => slice(bytes[file], offset, length)));
    put(codec.input(raw.length), raw);
    codec.encode(JSON.stringify(job.params));
    const encoded = new Uint8Array(memory.buffer, codec.output_ptr(), codec.output_len()).slice();
    parts.push([compressor.place(job.id, codec.meta()), encoded]);
  }
  bytes.forEach((content, file) => {
    const digest = new wasm.Digest();
    put(digest.input(content.length), content);
    digest.update(content.length);
    compressor.set_digest(file, digest.hex());
  });
  const archive = new Uint8Array(compressor.total_len());
  const head = compressor.finish();
  assert.equal(head.length, compressor.head_len());
  archive.set(head);
  for (const [offset, encoded] of parts) archive.set(encoded, offset);
  return { archive, report: JSON.parse(compressor.report()) };
}

export function decompress(archive, known = true) {
  const opened = drive(new wasm.ArchiveOpener(known ? archive.length : -1), [archive]);
  const plan = JSON.parse(opened.plan());
  const files = plan.files.map(({ path, len }) => ({ path, bytes: new Uint8Array(len) }));
  const codec = new wasm.Codec();
  const leaves = plan.streams.map(() => []);
  for (const job of JSON.parse(opened.jobs('{"all":true}'))) {
    put(codec.input(job.len), slice(archive, job.offset, job.len));
    codec.decode(opened.job_params(job.id));
    const raw = new Uint8Array(memory.buffer, codec.output_ptr(), codec.output_len());
    for (const [file, offset, start, length] of job.targets) {
      files[file].bytes.set(raw.subarray(start, start + length), offset);
    }
    leaves[job.stream].push(codec.leaf_hashes(plan.streams[job.stream].block));
  }
  leaves.forEach((list, stream) => opened.verify_stream(stream, Buffer.concat(list)));
  return files;
}

/** A safetensors file with one fp32 tensor that looks like weights. */
function model(count) {
  const header = `{"w":{"dtype":"F32","shape":[${count}],"data_offsets":[0,${count * 4}]}}`.padEnd(72);
  const bytes = Buffer.alloc(8 + header.length + count * 4);
  bytes.writeBigUInt64LE(BigInt(header.length));
  bytes.write(header, 8);
  for (let i = 0, x = 1; i < count; i++) {
    x = (x * 48271) % 2147483647;
    bytes.writeFloatLE(Math.sqrt(-2 * Math.log(x / 2147483647)) * Math.cos(i) * 0.02, 8 + header.length + i * 4);
  }
  return bytes;
}

const files = [
  { path: 'a/model.safetensors', bytes: new Uint8Array(model(3_000_000)) },
  { path: 'empty', bytes: new Uint8Array(0) },
  { path: 'text.md', bytes: new TextEncoder().encode('weights '.repeat(5000)) },
];
const { archive, report } = compress(files);
assert.equal(report.files[0].format, 'safetensors');
assert.equal(report.encoded, archive.length);
for (const known of [true, false]) {
  decompress(archive, known).forEach((file, index) => {
    assert.equal(file.path, files[index].path);
    assert.ok(Buffer.compare(file.bytes, files[index].bytes) === 0, `${file.path} differs`);
  });
}

const code = (run) => {
  try {
    run();
  } catch (error) {
    return JSON.parse(error.message).code;
  }
  return 'none';
};
assert.equal(code(() => decompress(archive.slice(0, -1))), 'truncated');
assert.equal(code(() => decompress(Uint8Array.from(archive, (byte, at) => (at === 5000 ? byte ^ 4 : byte)))), 'corrupt');
assert.equal(code(() => new wasm.Planner('[{"path":"../x","len":1}]', '{}')), 'invalid-option');
assert.equal(code(() => new wasm.Planner('[]', '{"effort":"best"}')), 'invalid-option');
console.log(`round trip of ${report.raw} bytes through ${report.encoded}: ratio ${report.ratio.toFixed(4)}`);
