// The archives of tests/golden, which must be readable for ever, through the package.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { tensorpress } from './helpers/package.mjs';

const { decompress, openArchive } = tensorpress;
const folder = new URL('./golden/v1/', import.meta.url);
const expected = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The tensors of a safetensors file by their names. */
function tensorsOf(bytes) {
  const length = Number(Buffer.from(bytes.buffer, bytes.byteOffset).readBigUInt64LE());
  const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString());
  delete header.__metadata__;
  return Object.entries(header).map(
    ([
      name,
      {
        shape,
        data_offsets: [start, end],
      },
    ]) => {
      return { name, shape, bytes: bytes.subarray(8 + length + start, 8 + length + end) };
    },
  );
}

for (const [name, files] of Object.entries(expected)) {
  const archive = readFileSync(new URL(name, folder));
  for (const workers of [0, 2]) {
    test(`${name} restores its files with ${workers} workers`, async () => {
      const restored = await decompress(archive, { workers, verify: true });
      assert.equal(Object.fromEntries(restored.map(({ path, bytes }) => [path, sha256(bytes)])), files);
    });
  }

  test(`${name} gives each tensor by itself`, async () => {
    const restored = await decompress(archive, { workers: 0 });
    const opened = await openArchive(archive);
    for (const { path, format } of opened.files()) {
      if (format === undefined || !path.endsWith('.safetensors')) continue;
      const { bytes } = restored.find((file) => file.path === path);
      for (const original of tensorsOf(bytes)) {
        const tensor = await opened.tensor(original.name, { file: path });
        assert.equal(tensor.shape, original.shape, original.name);
        assert.ok(Buffer.from(tensor.bytes).equals(original.bytes), `${path}: ${original.name}`);
      }
    }
    await opened.close();
  });
}

test.run();
