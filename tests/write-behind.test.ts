// Files that the disk takes while they are written: what fails on the way must not be forgotten.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WriteBehind } from '../ts/node/write-behind.js';

const MUCH = 64 << 20;
const folder = await mkdtemp(join(tmpdir(), 'tensorpress-'));

test('a failure on the way is told at the end, once all is well again', async () => {
  const path = join(folder, 'lost');
  const behind = new WriteBehind(path);
  behind.add(MUCH);
  await behind.idle();
  await writeFile(path, 'here');
  const error = await behind.finish().then(
    () => undefined,
    (thrown: NodeJS.ErrnoException) => thrown,
  );
  assert.is(error?.code, 'ENOENT');
});

test('little is left to the end, and much is not waited for', async () => {
  const path = join(folder, 'kept');
  const behind = new WriteBehind(path);
  // Nothing is looked at before it is worth it.
  behind.add(1);
  await behind.idle();
  await writeFile(path, 'here');
  behind.add(MUCH);
  behind.add(MUCH);
  await behind.finish();
  await rm(path);
  await behind.finish().then(
    () => assert.unreachable('it syncs the file'),
    (thrown: NodeJS.ErrnoException) => assert.is(thrown.code, 'ENOENT'),
  );
});

test.after(() => rm(folder, { recursive: true }));
test.run();
