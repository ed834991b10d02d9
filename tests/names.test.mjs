// Names that an archive, or the file system, cannot hold: a file alone comes back all the same; elsewhere the name is said.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fails, fresh } from './helpers/files.mjs';
import { model } from './helpers/models.mjs';
import { cli, tensorpress } from './helpers/package.mjs';

const { compress, decompress, diff, inspect } = tensorpress;
const original = model(5000);
const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0, 'bytes differ');

/** Names and what becomes of them. */
const WRONG = [
  ['a\\b.safetensors', 'a_b.safetensors'],
  ['tab\tand\nline', 'tab_and_line'],
  ['c:x', 'c_x'],
  ['\u0085', '_'],
  ['ends with\\', 'ends with_'],
  ['folder/a\\b', 'folder/a_b'],
];

/** Names of one part that this system's files may have; those of Windows have none of these characters. */
const local = process.platform === 'win32' ? [] : WRONG.filter(([name]) => !name.includes('/'));

async function comesBack(input, stored, options) {
  const { bytes, report } = await compress(input, options);
  assert.is(report.files[0].path, stored);
  const [file, ...more] = await decompress(bytes, { verify: true });
  assert.is(file.path, stored);
  assert.is(more.length, 0);
  same(file.bytes, original);
  return report.files[0].note;
}

test('a file alone has another name in the archive, and its note says so', async () => {
  const names = [...WRONG, ['half \ud800 and whole \u{1f600}', 'half _ and whole \u{1f600}']];
  for (const [name, stored] of names) {
    const note = await comesBack([{ path: name, data: original }], stored);
    assert.is(note, `stored under this name, for no archive can hold ${JSON.stringify(name)}`);
  }
  assert.match(await comesBack(new File([original], 'a\\b'), 'a_b'), /"a\\\\b"$/);
  assert.is(await comesBack([{ path: '1:2', data: original }], '1:2'), undefined);
  assert.is((await inspect([{ path: 'a\\b', data: original }])).files[0].path, 'a_b');
  assert.ok((await diff(new File([original], 'c:x'), original)).equal);
});

test('of a name that is too long the end is kept, and so is what readers say', async () => {
  for (const letter of ['x', 'ä', '層', '\u{1f600}', 'd/']) {
    const path = `c:${letter.repeat(5000)}model.gguf`;
    const { bytes, report } = await compress([{ path, data: new TextEncoder().encode('GGUF and no more') }]);
    const [{ path: stored, note }] = report.files;
    assert.match(stored, /^_.*model\.gguf$/);
    assert.match(note, /^stored under this name, .*; stored as plain bytes: gguf: /);
    assert.is((await decompress(bytes))[0].path, stored);
  }
});

test('among several files such a name is refused, and said', async () => {
  for (const name of ['a\\b', 'c:x', 'a\nb', 'half \ud800', 'x'.repeat(4097)]) {
    const list = [
      { path: 'ordinary', data: original },
      { path: name, data: original },
    ];
    for (const read of [compress, inspect]) {
      const error = await read(list).catch((thrown) => thrown);
      assert.is(error.code, 'invalid-option');
      assert.is(error.message, `no archive can hold the name ${JSON.stringify(name)}: rename it, or leave it out`);
    }
  }
});

test('files with such names are compressed and restored under their own', async () => {
  for (const [name, stored] of local) {
    const path = fresh(name);
    writeFileSync(path, original);
    await comesBack(path, stored);
    const packed = await cli(['compress', path, '--json']);
    assert.is(packed.code, 0, packed.stderr);
    const { output, files } = JSON.parse(packed.stdout);
    assert.is(output, `${path}.tpress`);
    assert.is(files[0].path, stored);
    assert.match((await cli(['compress', path, '--force'])).stdout, /: stored under this name/);
    const back = await cli(['decompress', `${path}.tpress`]);
    assert.match(back.stderr, /exists: choose another name/);
    assert.is((await cli(['decompress', `${path}.tpress`, '--force'])).code, 0);
    same(readFileSync(path), original);
    assert.equal(readdirSync(dirname(path)).sort(), [name, `${name}.tpress`].sort());
    const folder = await cli(['compress', dirname(path), '-o', fresh('all.tpress')]);
    assert.is(folder.code, 2);
    assert.match(folder.stderr, /^tensorpress: invalid-option: no archive can hold the name .*: rename it, or leave/);
  }
});

// Other systems let no such file be made.
(process.platform === 'linux' ? test : test.skip)('a name that is no UTF-8 is refused with its folder', async () => {
  const folder = fresh('models');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a'), original);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/b`), Buffer.from([0xff])]), original);
  const advice = /the name "b\ufffd" in .*models is no valid Unicode: rename it, or leave it out$/;
  for (const read of [compress, inspect]) await fails(read(folder), 'io', advice);
  await fails(compress(join(folder, 'b\ufffd')), 'io', advice);
  // One that was meant so, and is there, is a name like any other.
  writeFileSync(join(folder, 'c\ufffd'), original);
  await comesBack(join(folder, 'c\ufffd'), 'c\ufffd');
  await fails(compress(join(folder, 'missing')), 'io', /ENOENT/);
});

test('a path with half a character is no other file', async () => {
  const path = fresh('\ufffd');
  writeFileSync(path, original);
  const half = join(dirname(path), '\ud800');
  await fails(compress(half), 'invalid-option', /\\ud800" is no valid Unicode/);
  await fails(compress([{ path: 'a', data: half }]), 'invalid-option', /valid Unicode/);
  for (const write of [compress, decompress]) {
    await fails(write(original, { output: { path: half } }), 'invalid-option', /output\.path: .*\\ud800/);
  }
  assert.equal(readdirSync(dirname(path)), [basename(path)]);
});

test.run();
