// Makes what the suite reads: the golden archives, models, and what Node makes of them.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { model, safetensors, weights } from '../helpers/models.mjs';
import { sha256 } from './suite.mjs';

const GOLDEN = new URL('../golden/v1/', import.meta.url);

/** Above the size from which workers are started without being asked for. */
const LARGE = 2_500_000;

/** Fills a folder; `tensorpress` is the package as Node loads it. */
export async function makeFixtures(folder, tensorpress) {
  mkdirSync(join(folder, 'golden'), { recursive: true });
  const golden = JSON.parse(readFileSync(new URL('expected.json', GOLDEN), 'utf8'));
  for (const name of readdirSync(GOLDEN)) copyFileSync(new URL(name, GOLDEN), join(folder, 'golden', name));

  const small = weights(50, 8);
  const models = [
    { name: 'small.safetensors', bytes: model(60_000), efforts: ['fast', 'default', 'max'] },
    {
      name: 'large.safetensors',
      bytes: safetensors([
        { name: 'a', dtype: 'F32', shape: [LARGE], bytes: weights(LARGE, 7) },
        { name: 'b', dtype: 'F32', shape: [50], bytes: small },
      ]),
      efforts: ['default'],
    },
  ];
  const listed = [];
  for (const { name, bytes, efforts } of models) {
    writeFileSync(join(folder, name), bytes);
    const archives = {};
    for (const effort of efforts) {
      const packed = await tensorpress.compress([{ path: name, data: bytes }], { effort, workers: 0 });
      archives[effort] = await sha256(packed.bytes);
      if (name === 'large.safetensors') writeFileSync(join(folder, 'large.tpress'), packed.bytes);
    }
    listed.push({ name, size: bytes.length, sha256: await sha256(bytes), archives });
  }
  const manifest = { golden, models: listed, tensor: await sha256(small), edge: await makeEdge(folder, tensorpress) };
  writeFileSync(join(folder, 'fixtures.json'), JSON.stringify(manifest));
}

/** For runtimes with little memory: a model of 20 MB to decompress, one of 5 MB to compress. */
async function makeEdge(folder, tensorpress) {
  const file = (count, seed) => {
    return safetensors([{ name: 'w', dtype: 'F32', shape: [count], bytes: weights(count, seed) }]);
  };
  const large = file(5_000_000, 3);
  const packed = await tensorpress.compress(large, { workers: 0 });
  writeFileSync(join(folder, 'edge.tpress'), packed.bytes);
  const name = 'edge.safetensors';
  const small = file(1_250_000, 4);
  writeFileSync(join(folder, name), small);
  const archive = await tensorpress.compress([{ path: name, data: small }], { workers: 0 });
  return {
    archive: 'edge.tpress',
    sha256: await sha256(large),
    small: { name, sha256: await sha256(archive.bytes) },
  };
}
