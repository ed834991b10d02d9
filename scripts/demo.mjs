// From a fresh machine to real models compressed, decompressed and compared, in one command.

import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { walk } from './lib/files.mjs';
import { grouped, mebibytes, megabytesPerSecond, table } from './lib/format.mjs';
import { inRoot, localCache } from './lib/paths.mjs';
import { attempt, CommandFailed, fail } from './lib/run.mjs';
import { fetchModels } from './models.mjs';
import { setup } from './setup.mjs';

async function digest(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Name and digest of every file, so that a missing or an extra one counts as a difference too. */
async function fingerprint(path) {
  if (!statSync(path).isDirectory()) return digest(path);
  const lines = [];
  for (const file of walk(path)) lines.push(`${relative(path, file)} ${await digest(file)}`);
  return lines.join('\n');
}

/** One operation in a process of its own, so that its peak memory is its own. */
async function measured(operation, from, to) {
  const script = inRoot('scripts', 'lib', 'measure.mjs');
  const outcome = await attempt(process.execPath, [script, operation, from, to]);
  if (!outcome.ok) throw new CommandFailed(`${operation} ${from}`, outcome);
  return JSON.parse(outcome.stdout.trim().split('\n').at(-1));
}

async function tryModel(model, folder) {
  const archive = join(folder, 'model.tpress');
  const restored = join(folder, 'restored');
  const encoded = await measured('compress', model.path, archive);
  const decoded = await measured('decompress', archive, restored);
  const identical = (await fingerprint(model.path)) === (await fingerprint(restored));
  const size = statSync(archive).size;
  return { identical, size, encoded, decoded };
}

async function main() {
  const env = await setup();
  await build(env);
  const models = await fetchModels();
  mkdirSync(localCache, { recursive: true });
  const rows = [];
  const total = { before: 0, after: 0, different: 0 };
  for (const model of models) {
    const folder = mkdtempSync(join(tmpdir(), 'tensorpress-demo-'));
    try {
      const { identical, size, encoded, decoded } = await tryModel(model, folder);
      rows.push([
        model.name,
        model.format,
        grouped(model.bytes),
        grouped(size),
        (model.bytes / size).toFixed(4),
        megabytesPerSecond(model.bytes, encoded.seconds),
        megabytesPerSecond(model.bytes, decoded.seconds),
        mebibytes(Math.max(encoded.peak, decoded.peak)),
        identical ? 'yes' : 'NO',
      ]);
      total.before += model.bytes;
      total.after += size;
      if (!identical) total.different += 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const headings = [
    'file',
    'format',
    'bytes before',
    'after',
    'ratio',
    'encode MB/s',
    'decode MB/s',
    'peak',
    'identical',
  ];
  console.log(`\n${table(headings, rows, 2)}`);
  console.log(
    `\n${grouped(total.before)} bytes became ${grouped(total.after)}; ` +
      (total.different ? `${total.different} of ${rows.length} DIFFER` : `all ${rows.length} came back identical`),
  );
  if (total.different > 0 || rows.length === 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  fail(error);
}
