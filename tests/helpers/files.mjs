// Where tests write, and how they say that something must fail.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { scratch, tensorpress } from './package.mjs';

let counter = 0;
/** A path in a new folder. */
export function fresh(name = 'file') {
  counter += 1;
  const folder = join(scratch, String(counter));
  mkdirSync(folder);
  return join(folder, name);
}

/** The promise must be rejected with an error of the package that has this code and matches the pattern. */
export async function fails(promise, code, pattern = /./) {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  assert.ok(error, 'expected an error');
  assert.instance(error, tensorpress.TensorpressError);
  assert.is(error.code, code, error.message);
  assert.match(error.message, pattern);
}
