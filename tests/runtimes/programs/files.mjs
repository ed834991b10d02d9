// From path to path: what only runtimes with files can do.
import { readFile } from 'node:fs/promises';
import { compress, decompress, openArchive } from 'tensorpress';
import { check, sha256 } from './suite.mjs';

const [fixtures, output] = process.argv.slice(2);
const { models } = JSON.parse(await readFile(`${fixtures}/fixtures.json`, 'utf8'));
for (const { name, sha256: digest, archives } of models) {
  const packed = `${output}/${name}.tpress`;
  await compress(`${fixtures}/${name}`, { output: { path: packed }, workers: 2 });
  check((await sha256(await readFile(packed))) === archives.default, `archive of ${name}`);
  await decompress(packed, { output: { path: `${output}/${name}` }, workers: 2, verify: true });
  check((await sha256(await readFile(`${output}/${name}`))) === digest, name);
  const archive = await openArchive(packed);
  check(archive.list().length > 0, `tensors of ${name}`);
  await archive.close();
}
console.log('files: done');
