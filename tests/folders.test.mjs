// Folders come back whole, and their links lead only where they may.
import { lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fails, fresh } from './helpers/files.mjs';
import { collect, model, streamOf } from './helpers/models.mjs';
import { tensorpress } from './helpers/package.mjs';

const { compress, decompress, decompressStream, diff, inspect } = tensorpress;
const original = model();
const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0, `${a.length} bytes, expected these ${b.length}`);

test('a folder comes back whole', async () => {
  const folder = fresh('folder');
  mkdirSync(join(folder, 'sub', 'deep'), { recursive: true });
  const files = {
    'model.safetensors': original,
    'config.json': Buffer.from('{"a":1}'),
    'sub/deep/empty': new Uint8Array(0),
    'sub/noise': Buffer.from(original.subarray(5000, 9000)),
    'ünïcode name': Buffer.from('x'),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  symlinkSync(join(folder, 'config.json'), join(folder, 'link.json'));
  for (const workers of [0, 2]) {
    const { bytes } = await compress(folder, { workers });
    const found = await decompress(bytes, { workers, verify: true });
    const expectedNames = [...Object.keys(files), 'link.json'].sort();
    assert.equal(found.map((file) => file.path).sort(), expectedNames);
    for (const file of found) same(file.bytes, files[file.path] ?? files['config.json']);
    const target = fresh('restored');
    await decompress(bytes, { workers, output: { path: target }, verify: true });
    for (const [name, content] of Object.entries(files)) same(readFileSync(join(target, name)), content);
    const seen = [];
    for await (const file of decompressStream(streamOf(bytes), { workers, verify: true })) {
      same(await collect(file.stream), files[file.path] ?? files['config.json']);
      seen.push(file.path);
    }
    assert.equal(seen.sort(), expectedNames);
  }
});

test('links of a folder count as what they lead to, if that is in the folder', async () => {
  const folder = fresh('checkpoints');
  mkdirSync(join(folder, 'step-500'), { recursive: true });
  writeFileSync(join(folder, 'step-500', 'model.safetensors'), original);
  // One is read before the folder that it leads to, one after it.
  for (const name of ['best', 'z-latest']) symlinkSync('step-500', join(folder, name));
  const { bytes } = await compress(folder);
  const found = await decompress(bytes, { verify: true });
  const names = ['best', 'step-500', 'z-latest'].map((name) => `${name}/model.safetensors`);
  assert.equal(
    found.map((file) => file.path),
    names,
  );
  for (const file of found) same(file.bytes, original);
  assert.ok(bytes.length < original.length, 'what occurs again takes no room');
  const target = fresh('restored');
  await decompress(bytes, { output: { path: target } });
  assert.ok(lstatSync(join(target, 'best')).isDirectory() && lstatSync(join(target, names[0])).isFile());

  const elsewhere = fresh('elsewhere');
  mkdirSync(join(elsewhere, 'sub'), { recursive: true });
  writeFileSync(join(elsewhere, 'sub', 'secret'), 'secret');
  for (const to of ['sub', join('sub', 'secret')]) {
    symlinkSync(join(elsewhere, to), join(folder, 'out'));
    await fails(compress(folder), 'io', /out is a link to .*, which is outside of .*followLinks \(--follow-links\)/);
    await fails(inspect(folder), 'io', /outside/);
    await fails(diff(folder, folder), 'io', /outside/);
    const followed = await decompress((await compress(folder, { followLinks: true })).bytes);
    assert.is(Buffer.from(followed.find((file) => file.path.startsWith('out')).bytes).toString(), 'secret');
    assert.is((await inspect(folder, { followLinks: true })).files.length, 4);
    assert.ok((await diff(folder, folder, { followLinks: true })).equal);
    rmSync(join(folder, 'out'));
  }
  for (const to of ['.', '..', join('..', 'step-500'), folder]) {
    symlinkSync(to, join(folder, 'step-500', 'circle'));
    for (const followLinks of [false, true]) {
      await fails(compress(folder, { followLinks }), 'io', followLinks ? /lies in/ : /lies in|outside/);
    }
    rmSync(join(folder, 'step-500', 'circle'));
  }
  symlinkSync('nowhere', join(folder, 'dangling'));
  await fails(compress(folder, { followLinks: true }), 'io', /dangling/);
});

test('a snapshot in the Hugging Face cache is its files, and no others', async () => {
  const hub = fresh('hub');
  const repository = join(hub, 'models--org--name');
  const snapshot = join(repository, 'snapshots', '0123abc');
  mkdirSync(join(snapshot, 'onnx'), { recursive: true });
  mkdirSync(join(repository, 'blobs'));
  writeFileSync(join(repository, 'blobs', 'aaaa'), original);
  writeFileSync(join(repository, 'blobs', 'bbbb'), '{}');
  symlinkSync(join('..', '..', 'blobs', 'aaaa'), join(snapshot, 'model.safetensors'));
  symlinkSync(join('..', '..', 'blobs', 'bbbb'), join(snapshot, 'config.json'));
  symlinkSync(join('..', '..', '..', 'blobs', 'aaaa'), join(snapshot, 'onnx', 'model.safetensors'));
  const packed = async (folder) => {
    return (await decompress((await compress(folder)).bytes, { verify: true })).map((file) => file.path);
  };
  assert.equal(await packed(snapshot), ['config.json', 'model.safetensors', 'onnx/model.safetensors']);
  assert.equal(await packed(join(snapshot, 'onnx')), ['model.safetensors']);
  assert.is((await inspect(snapshot)).files[1].format, 'safetensors');
  // The cache itself may be a link, which is what is named.
  symlinkSync(hub, join(hub, '..', 'cache'));
  assert.is((await packed(join(hub, '..', 'cache', 'models--org--name', 'snapshots', '0123abc'))).length, 3);
  writeFileSync(join(repository, 'secret'), 'secret');
  symlinkSync(join('..', '..', 'secret'), join(snapshot, 'other'));
  await fails(compress(snapshot), 'io', /outside/);
  rmSync(join(snapshot, 'other'));
  rmSync(join(repository, 'blobs'), { recursive: true });
  symlinkSync('/etc', join(repository, 'blobs'));
  symlinkSync(join('..', '..', 'blobs', 'passwd'), join(snapshot, 'stolen'));
  rmSync(join(snapshot, 'config.json'));
  rmSync(join(snapshot, 'model.safetensors'));
  rmSync(join(snapshot, 'onnx'), { recursive: true });
  await fails(compress(snapshot), 'io', /outside/);
});

test.run();
